#include "core/checkpoint/checkpoint.h"

#include "core/base/encoding.h"
#include "core/checkpoint/cosignature.h"
#include "core/merkle/hash.h"
#include "gtest/gtest.h"
#include "tests/unit/core/checkpoint/published_keys.h"

namespace affidavit {
namespace {

constexpr char kRoot[] = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";

VerifierKey Key(std::string_view vkey) {
  return ParseVerifierKey(vkey).value();
}

absl::StatusCode CodeOf(const absl::StatusOr<VerifiedCheckpoint>& verified) {
  return verified.status().code();
}

// C2SP tlog-checkpoint, the example at its head (CC BY 4.0).
TEST(CheckpointTest, ReadsTheSpecificationsExample) {
  const std::string body = std::string("example.com/behind-the-sofa\n20852163\n") + kRoot + "\n";
  const Checkpoint checkpoint = ParseCheckpoint(body).value();
  EXPECT_EQ(checkpoint.origin, "example.com/behind-the-sofa");
  EXPECT_EQ(checkpoint.tree_size, 20'852'163u);
  EXPECT_EQ(Base64Encode(AsBytes(checkpoint.root_hash)), kRoot);
  EXPECT_TRUE(checkpoint.extensions.empty());
  EXPECT_EQ(FormatCheckpoint(checkpoint), body);
}

TEST(CheckpointTest, KeepsExtensionLines) {
  const std::string body = std::string("rekor.sigstore.dev - 26057\n0\n") + kRoot + "\nTimestamp: 1\n second \n";
  const Checkpoint checkpoint = ParseCheckpoint(body).value();
  EXPECT_EQ(checkpoint.extensions, (std::vector<std::string>{"Timestamp: 1", " second "}));
  EXPECT_EQ(FormatCheckpoint(checkpoint), body);
  EXPECT_EQ(ParseCheckpoint(std::string("o\n18446744073709551615\n") + kRoot + "\n")->tree_size, ~uint64_t{0});
}

TEST(CheckpointTest, RefusesEveryOtherForm) {
  const std::string root = kRoot;
  for (const std::string& body : std::vector<std::string>{
           std::string(),
           std::string("\n"),
           std::string("o\n1\n"),
           "o\n1\n" + root,
           "\n1\n" + root + "\n",
           "o\n\n" + root + "\n",
           "o\n01\n" + root + "\n",
           "o\n00\n" + root + "\n",
           "o\n-1\n" + root + "\n",
           "o\n+1\n" + root + "\n",
           "o\n1 \n" + root + "\n",
           "o\n 1\n" + root + "\n",
           "o\n0x1\n" + root + "\n",
           "o\n1e3\n" + root + "\n",
           "o\n18446744073709551616\n" + root + "\n",
           "o\n1\n\n",
           "o\n1\n" + root + "=\n",
           "o\n1\n" + root.substr(1) + "\n",
           "o\n1\nYmFuYW5hcw==\n",
           "o\n1\n" + root + "\n\n",
           "o\n1\n" + root + "\nx\n\n",
           "o\n1\n" + root + "\nx",
           "o\n1\n" + root.substr(0, 42) + "J=\n",
           "o\r\n1\r\n" + root + "\r\n",
       }) {
    EXPECT_EQ(ParseCheckpoint(body).status().code(), absl::StatusCode::kInvalidArgument) << body;
  }
}

TEST(VerifyCheckpointTest, AcceptsCheckpointsOfRealLogs) {
  const VerifiedCheckpoint rekor = VerifyCheckpoint(kRekorNote, {.log_keys = {Key(kRekorVkey)}}).value();
  EXPECT_EQ(rekor.checkpoint.origin, "Rekor");  // which is not the key's name, and need not be
  EXPECT_EQ(rekor.checkpoint.tree_size, 798'034u);
  EXPECT_TRUE(VerifyCheckpoint(kPixelNote, {.log_keys = {Key(kPixelVkey)}}).ok());

  const VerifiedCheckpoint arche =
      VerifyCheckpoint(kArcheCheckpoint, {.origin = "arche2025h1.staging.ct.transparency.dev",
                                          .log_keys = {Key(kArcheVkey)},
                                          .witness_keys = {Key(kGardenVkey), Key(kRemoraVkey), Key(kStagemoleVkey)},
                                          .witness_count_min = 3})
          .value();
  EXPECT_EQ(arche.log_signatures.size(), 1u);
  ASSERT_EQ(arche.cosignatures.size(), 3u);
  EXPECT_EQ(arche.cosignatures[1].key, Key(kRemoraVkey));
  EXPECT_EQ(arche.cosignatures[1].cosign_time, 0x6a122120);
}

TEST(VerifyCheckpointTest, RefusesAnythingChanged) {
  const CheckpointPolicy policy = {.log_keys = {Key(kArcheVkey)}, .witness_keys = {Key(kRemoraVkey)}};
  std::string other = kArcheCheckpoint;
  other.replace(other.find("1432088532"), 10, "1432088533");
  EXPECT_EQ(CodeOf(VerifyCheckpoint(other, policy)), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(CodeOf(VerifyCheckpoint("text\n\n" + std::string(kPeterLine), policy)), absl::StatusCode::kInvalidArgument);
}

// A log of ours with an old and a new key and two witnesses.
class PolicyTest : public testing::Test {
 protected:
  PolicyTest() {
    for (const char* name : {"log-old", "log-new"}) {
      const KeyPairText pair = GenerateEd25519Key(name).value();
      signers_.push_back(Ed25519Signer::FromSecret(pair.secret).value());
    }
    for (const char* name : {"w1", "w2"}) {
      witnesses_.push_back(ParseSecretKey(GenerateEd25519Key(name, KeyType::kCosignatureV1)->secret).value());
      witness_keys_.push_back(VerifierKeyOf(witnesses_.back()).value());
    }
  }

  std::string Signed(std::vector<size_t> signers, std::vector<size_t> witnesses) const {
    const std::string body = FormatCheckpoint({.origin = "log", .tree_size = 5, .root_hash = LeafHash("x")});
    std::vector<const Signer*> chosen;
    for (const size_t i : signers) {
      chosen.push_back(signers_[i].get());
    }
    Note note = SignNote(body, chosen).value();
    for (const size_t i : witnesses) {
      note.signatures.push_back(Cosign(witnesses_[i], body, 1'700'000'000 + static_cast<int64_t>(i)).value());
    }
    return FormatNote(note);
  }

  std::vector<std::unique_ptr<Ed25519Signer>> signers_;
  std::vector<SecretKey> witnesses_;
  std::vector<VerifierKey> witness_keys_;
};

TEST_F(PolicyTest, OldAndNewKeySignSideBySide) {
  const std::string both = Signed({0, 1}, {});
  EXPECT_EQ(VerifyCheckpoint(both, {.log_keys = {signers_[0]->key()}})->log_signatures.size(), 1u);
  EXPECT_EQ(VerifyCheckpoint(both, {.log_keys = {signers_[1]->key()}})->log_signatures.size(), 1u);
  EXPECT_EQ(VerifyCheckpoint(both, {.log_keys = {signers_[0]->key(), signers_[1]->key()}})->log_signatures.size(), 2u);
  EXPECT_TRUE(VerifyCheckpoint(Signed({1}, {}), {.log_keys = {signers_[0]->key(), signers_[1]->key()}}).ok());
  EXPECT_EQ(CodeOf(VerifyCheckpoint(Signed({1}, {}), {.log_keys = {signers_[0]->key()}})),
            absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(CodeOf(VerifyCheckpoint(both, {})), absl::StatusCode::kUnauthenticated);
}

TEST_F(PolicyTest, WitnessesCountOnceAndNeverForTheLog) {
  const std::vector<VerifierKey> log = {signers_[0]->key()};
  const auto verify = [&](const std::string& note, size_t count_min) {
    return CodeOf(
        VerifyCheckpoint(note, {.log_keys = log, .witness_keys = witness_keys_, .witness_count_min = count_min}));
  };
  EXPECT_EQ(verify(Signed({0}, {0, 1}), 2), absl::StatusCode::kOk);
  EXPECT_EQ(verify(Signed({0}, {0, 1}), 3), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(verify(Signed({0}, {0, 0}), 2), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(verify(Signed({0}, {1}), 1), absl::StatusCode::kOk);
  EXPECT_EQ(verify(Signed({0}, {}), 1), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(verify(Signed({}, {0, 1}), 0), absl::StatusCode::kUnauthenticated);
}

TEST_F(PolicyTest, RefusesKeysInTheWrongPlace) {
  const std::string note = Signed({0}, {0});
  EXPECT_EQ(CodeOf(VerifyCheckpoint(note, {.log_keys = {witness_keys_[0]}})), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(CodeOf(VerifyCheckpoint(note, {.log_keys = {signers_[0]->key()}, .witness_keys = {signers_[1]->key()}})),
            absl::StatusCode::kInvalidArgument);
  VerifierKey alias = witness_keys_[0];
  alias.name = "w1-alias";
  alias.id = NoteKeyId(alias.name, alias.type, alias.public_key);
  EXPECT_EQ(
      CodeOf(VerifyCheckpoint(note, {.log_keys = {signers_[0]->key()}, .witness_keys = {witness_keys_[0], alias}})),
      absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(
      VerifyCheckpoint(note, {.log_keys = {signers_[0]->key()}, .witness_keys = {witness_keys_[0], witness_keys_[0]}})
          .ok());
}

TEST_F(PolicyTest, RefusesAnotherOrigin) {
  const std::string note = Signed({0}, {});
  EXPECT_TRUE(VerifyCheckpoint(note, {.origin = "log", .log_keys = {signers_[0]->key()}}).ok());
  EXPECT_EQ(CodeOf(VerifyCheckpoint(note, {.origin = "lo", .log_keys = {signers_[0]->key()}})),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(PolicyTest, EveryFlippedBitIsRefusedOrLiesInASignatureOfNoGivenKey) {
  const std::string note = Signed({0, 1}, {0});
  const CheckpointPolicy policy = {
      .log_keys = {signers_[0]->key()}, .witness_keys = {witness_keys_[0]}, .witness_count_min = 1};
  ASSERT_TRUE(VerifyCheckpoint(note, policy).ok());
  const size_t free_begin = note.find("— log-new");
  const size_t free_end = note.find("— w1");
  for (size_t bit = 0; bit < note.size() * 8; ++bit) {
    std::string bad = note;
    bad[bit / 8] ^= 1 << bit % 8;
    const bool is_free = bit / 8 >= free_begin && bit / 8 < free_end;
    ASSERT_TRUE(is_free || !VerifyCheckpoint(bad, policy).ok()) << "byte " << bit / 8;
  }
}

}  // namespace
}  // namespace affidavit
