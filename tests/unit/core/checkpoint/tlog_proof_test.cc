#include "core/checkpoint/tlog_proof.h"

#include "core/base/encoding.h"
#include "core/merkle/hash.h"
#include "core/merkle/proof.h"
#include "gtest/gtest.h"
#include "tests/unit/core/merkle/reference_tree.h"

namespace affidavit {
namespace {

// transparency-dev/formats, proof/tlog_proof_test.go (Apache-2.0): the marshalled forms and the refusals.
TEST(TlogProofTest, WritesThePublishedForms) {
  const std::string h1 = Base64Encode(AsBytes(Sha256("hash1")));
  const std::string h2 = Base64Encode(AsBytes(Sha256("hash2")));
  EXPECT_EQ(
      FormatTlogProof({.index = 5, .hashes = {Sha256("hash1"), Sha256("hash2")}, .checkpoint = "test checkpoint\n"}),
      "c2sp.org/tlog-proof@v1\nindex 5\n" + h1 + "\n" + h2 + "\n\ntest checkpoint\n");
  EXPECT_EQ(
      FormatTlogProof(
          {.extra = "extra information", .index = 10, .hashes = {Sha256("hash1")}, .checkpoint = "checkpoint data\n"}),
      "c2sp.org/tlog-proof@v1\nextra ZXh0cmEgaW5mb3JtYXRpb24=\nindex 10\n" + h1 + "\n\ncheckpoint data\n");
  EXPECT_EQ(FormatTlogProof({.index = 0, .checkpoint = "checkpoint\n"}),
            "c2sp.org/tlog-proof@v1\nindex 0\n\ncheckpoint\n");
}

TEST(TlogProofTest, ReadsWhatItWrites) {
  for (const TlogProof& proof : {
           TlogProof{.index = 0, .checkpoint = ""},
           TlogProof{.extra = "", .index = ~uint64_t{0}, .checkpoint = "a\n\nb"},
           TlogProof{
               .extra = std::string(1000, '\0'), .index = 1, .hashes = std::vector<Digest>(64), .checkpoint = "\n"},
       }) {
    EXPECT_EQ(ParseTlogProof(FormatTlogProof(proof)).value(), proof);
  }
  EXPECT_FALSE(ParseTlogProof(FormatTlogProof({.hashes = std::vector<Digest>(65)})).ok());
}

TEST(TlogProofTest, RefusesEveryOtherForm) {
  const std::string head = "c2sp.org/tlog-proof@v1\n";
  const std::string hash = Base64Encode(AsBytes(Sha256("hash1")));
  for (const std::string& text : std::vector<std::string>{
           std::string(),
           std::string("wrong-header\nindex 0\n\ncheckpoint\n"),
           head,
           head + "\n\ncheckpoint\n",
           head + "extra !!notbase64!!\nindex 0\n\ncheckpoint\n",
           head + "index notanumber\n\ncheckpoint\n",
           head + "index -5\n\ncheckpoint\n",
           head + "index 05\n\ncheckpoint\n",
           head + "index \n\ncheckpoint\n",
           head + "index 18446744073709551616\n\ncheckpoint\n",
           head + "index 0\n!!notbase64!!\n\ncheckpoint\n",
           head + "index 0\n" + Base64Encode(std::string(64, '\0')) + "\n\ncheckpoint\n",
           head + "index 0\n" + std::string(66'560, 'a') + "\n",
           head + "index 0\n",
           head + "index 0",
           head + "index 0\n" + hash,
           head + "index 0\n" + hash + "\n",
           head + "index 0\n" + hash + " \n\ncheckpoint\n",
           head + "extra YQ==\nextra YQ==\nindex 0\n\ncheckpoint\n",
           head + "index 0\nextra YQ==\n\ncheckpoint\n",
           "c2sp.org/tlog-proof@v1\r\nindex 0\r\n\r\ncheckpoint\r\n",
           "c2sp.org/tlog-proof@v2\nindex 0\n\ncheckpoint\n",
           head + "extra  YQ==\nindex 0\n\ncheckpoint\n",
           head + "extra YR==\nindex 0\n\ncheckpoint\n",
       }) {
    EXPECT_EQ(ParseTlogProof(text).status().code(), absl::StatusCode::kInvalidArgument) << text.substr(0, 100);
  }
}

class VerifyTlogProofTest : public testing::Test {
 protected:
  static constexpr uint64_t kSize = 7;
  static constexpr uint64_t kIndex = 4;

  VerifyTlogProofTest() : tree_(ReferenceTree::Dense(kSize)) {
    const Checkpoint checkpoint = {.origin = "log", .tree_size = kSize, .root_hash = tree_.Mth(0, kSize)};
    const Signer* const signers[] = {signer_.get()};
    proof_ = {.index = kIndex,
              .hashes = tree_.Path(kIndex, kSize),
              .checkpoint = FormatNote(SignNote(FormatCheckpoint(checkpoint), signers).value())};
    policy_.log_keys = {signer_->key()};
  }

  std::unique_ptr<Ed25519Signer> signer_ = Ed25519Signer::FromSecret(GenerateEd25519Key("log")->secret).value();
  ReferenceTree tree_;
  TlogProof proof_;
  CheckpointPolicy policy_;
};

TEST_F(VerifyTlogProofTest, AcceptsTheLeafAndNoOther) {
  EXPECT_EQ(VerifyTlogProof("leaf 4", proof_, policy_)->checkpoint.tree_size, kSize);
  EXPECT_TRUE(VerifyTlogProof(LeafHash("leaf 4"), proof_, policy_).ok());
  EXPECT_EQ(VerifyTlogProof("leaf 5", proof_, policy_).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(VerifyTlogProof("", proof_, policy_).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(VerifyTlogProofTest, RefusesAForeignCheckpoint) {
  policy_.log_keys = {ParseVerifierKey(GenerateEd25519Key("log")->vkey).value()};
  EXPECT_EQ(VerifyTlogProof("leaf 4", proof_, policy_).status().code(), absl::StatusCode::kUnauthenticated);
}

TEST_F(VerifyTlogProofTest, RefusesAnIndexOutsideTheTree) {
  proof_.index = kSize;
  EXPECT_EQ(VerifyTlogProof("leaf 4", proof_, policy_).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(VerifyTlogProofTest, EveryFlippedBitIsRefused) {
  const std::string text = FormatTlogProof(proof_);
  for (size_t bit = 0; bit < text.size() * 8; ++bit) {
    std::string bad = text;
    bad[bit / 8] ^= 1 << bit % 8;
    const absl::StatusOr<TlogProof> proof = ParseTlogProof(bad);
    ASSERT_TRUE(!proof.ok() || !VerifyTlogProof("leaf 4", *proof, policy_).ok()) << "byte " << bit / 8;
  }
}

}  // namespace
}  // namespace affidavit
