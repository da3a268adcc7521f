#include "services/ledger/publish/witness_client.h"

#include <vector>

#include "core/base/encoding.h"
#include "core/checkpoint/note.h"
#include "core/checkpoint/signer.h"
#include "core/merkle/hash.h"
#include "gtest/gtest.h"
#include "tests/support/test_witness.h"

namespace affidavit::ledger {
namespace {

using testing::HttpRequest;
using testing::HttpResponse;
using testing::SmallHttpServer;
using testing::TestWitness;

constexpr char kOrigin[] = "example.com/log";

// RFC 9162's definitions, slow and plain.
Digest Root(std::span<const Digest> leaves) {
  if (leaves.size() == 1) {
    return leaves[0];
  }
  size_t split = 1;
  while (split * 2 < leaves.size()) {
    split *= 2;
  }
  return NodeHash(Root(leaves.first(split)), Root(leaves.subspan(split)));
}

std::vector<Digest> Subproof(size_t size1, std::span<const Digest> leaves, bool whole) {
  if (size1 == leaves.size()) {
    return whole ? std::vector<Digest>() : std::vector{Root(leaves)};
  }
  size_t split = 1;
  while (split * 2 < leaves.size()) {
    split *= 2;
  }
  std::vector<Digest> proof = size1 <= split ? Subproof(size1, leaves.first(split), whole)
                                             : Subproof(size1 - split, leaves.subspan(split), false);
  proof.push_back(size1 <= split ? Root(leaves.subspan(split)) : Root(leaves.first(split)));
  return proof;
}

class WitnessClientTest : public ::testing::Test {
 protected:
  WitnessClientTest() {
    for (int i = 0; i < 20; ++i) {
      leaves_.push_back(Sha256(std::to_string(i)));
    }
  }

  Checkpoint CheckpointAt(size_t size) const {
    return {.origin = kOrigin, .tree_size = size, .root_hash = Root(std::span(leaves_).first(size)), .extensions = {}};
  }

  db::StoredCheckpoint Sign(const Checkpoint& checkpoint) const {
    const Signer* signers[] = {signer_.get()};
    return {.origin = checkpoint.origin,
            .tree_size = static_cast<int64_t>(checkpoint.tree_size),
            .root_hash = checkpoint.root_hash,
            .signed_note = FormatNote(SignNote(FormatCheckpoint(checkpoint), signers).value()),
            .sign_time = {}};
  }

  absl::StatusOr<db::StoredCosignature> Ask(const db::StoredCheckpoint& checkpoint) {
    return client_.AddCheckpoint(
        checkpoint,
        [this](uint64_t size1, uint64_t size2) {
          proved_.emplace_back(size1, size2);
          return Subproof(size1, std::span(leaves_).first(size2), true);
        },
        http_);
  }

  absl::StatusCode CodeOf(const db::StoredCheckpoint& checkpoint) { return Ask(checkpoint).status().code(); }

  std::vector<Digest> leaves_;
  const KeyPairText log_key_ = GenerateEd25519Key(kOrigin).value();
  const std::unique_ptr<Ed25519Signer> signer_ = Ed25519Signer::FromSecret(log_key_.secret).value();
  TestWitness witness_{"witness.example.org", {log_key_.vkey}};
  SmallHttpServer server_{[this](const HttpRequest& request) { return witness_.Answer(request); }};
  HttpClient http_;
  WitnessClient client_{server_.url() + "/w1/", ParseVerifierKey(witness_.vkey()).value()};
  std::vector<std::pair<uint64_t, uint64_t>> proved_;
};

TEST_F(WitnessClientTest, CosignsEachSizeWithAProofFromTheLast) {
  for (const size_t size : {1, 2, 7, 7, 8, 20}) {
    const db::StoredCheckpoint checkpoint = Sign(CheckpointAt(size));
    const auto cosignature = Ask(checkpoint);
    ASSERT_TRUE(cosignature.ok()) << cosignature.status();
    EXPECT_EQ(cosignature->witness, witness_.vkey());
    EXPECT_EQ(witness_.SizeOf(kOrigin), size);
    // As a reader of the log sees it: the checkpoint with the line attached.
    const CheckpointPolicy policy{.origin = kOrigin,
                                  .log_keys = {ParseVerifierKey(log_key_.vkey).value()},
                                  .witness_keys = {client_.key()},
                                  .witness_count_min = 1};
    const auto verified = VerifyCheckpoint(checkpoint.signed_note + cosignature->line, policy);
    ASSERT_TRUE(verified.ok()) << verified.status();
    EXPECT_EQ(TimePoint(std::chrono::seconds(verified->cosignatures.at(0).cosign_time.value())),
              cosignature->cosign_time);
  }
  EXPECT_EQ(server_.request_count(), 6);
  EXPECT_EQ(proved_, (std::vector<std::pair<uint64_t, uint64_t>>{{1, 2}, {2, 7}, {7, 8}, {8, 20}}));
}

TEST_F(WitnessClientTest, GoesOnFromTheSizeThatTheWitnessNames) {
  witness_.Remember(CheckpointAt(5));
  ASSERT_TRUE(Ask(Sign(CheckpointAt(12))).ok());
  EXPECT_EQ(proved_, (std::vector<std::pair<uint64_t, uint64_t>>{{5, 12}}));
  // Another ledger took the witness further.
  witness_.Remember(CheckpointAt(15));
  ASSERT_TRUE(Ask(Sign(CheckpointAt(16))).ok());
  // The witness forgot everything.
  witness_.Remember({.origin = kOrigin, .tree_size = 0, .root_hash = {}, .extensions = {}});
  ASSERT_TRUE(Ask(Sign(CheckpointAt(17))).ok());
}

TEST_F(WitnessClientTest, RollbackAndForkAreToldApart) {
  ASSERT_TRUE(Ask(Sign(CheckpointAt(12))).ok());
  const absl::Status rollback = Ask(Sign(CheckpointAt(9))).status();
  EXPECT_EQ(rollback.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(rollback.message().find("size 12, beyond 9"), std::string::npos) << rollback;
  EXPECT_EQ(CodeOf(Sign(CheckpointAt(9))), absl::StatusCode::kFailedPrecondition);
  Checkpoint fork = CheckpointAt(12);
  fork.root_hash[7] ^= 1;
  EXPECT_EQ(CodeOf(Sign(fork)), absl::StatusCode::kFailedPrecondition);
  fork.tree_size = 13;
  EXPECT_EQ(CodeOf(Sign(fork)), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(witness_.SizeOf(kOrigin), 12u);
  EXPECT_TRUE(Ask(Sign(CheckpointAt(13))).ok());
}

TEST_F(WitnessClientTest, UnknownLogAndUnknownKey) {
  Checkpoint other = CheckpointAt(3);
  other.origin = "example.org/other";
  EXPECT_EQ(CodeOf(Sign(other)), absl::StatusCode::kNotFound);
  db::StoredCheckpoint unsigned_one = Sign(CheckpointAt(3));
  const KeyPairText wrong_key = GenerateEd25519Key(kOrigin).value();
  const auto wrong = Ed25519Signer::FromSecret(wrong_key.secret).value();
  const Signer* signers[] = {wrong.get()};
  unsigned_one.signed_note = FormatNote(SignNote(FormatCheckpoint(CheckpointAt(3)), signers).value());
  EXPECT_EQ(CodeOf(unsigned_one), absl::StatusCode::kPermissionDenied);
}

TEST_F(WitnessClientTest, Misbehaviour) {
  const db::StoredCheckpoint checkpoint = Sign(CheckpointAt(3));
  witness_.SetMode(TestWitness::Mode::kRefuse);
  EXPECT_EQ(CodeOf(checkpoint), absl::StatusCode::kUnavailable);
  witness_.SetMode(TestWitness::Mode::kWrongSignature);
  EXPECT_EQ(CodeOf(checkpoint), absl::StatusCode::kUnauthenticated);
  witness_.SetMode(TestWitness::Mode::kOtherKey);
  EXPECT_EQ(CodeOf(checkpoint), absl::StatusCode::kUnauthenticated);
  witness_.SetMode(TestWitness::Mode::kGarbage);
  EXPECT_EQ(CodeOf(checkpoint), absl::StatusCode::kInvalidArgument);
  witness_.SetMode(TestWitness::Mode::kConform);
  EXPECT_EQ(CodeOf(checkpoint), absl::StatusCode::kOk);
}

TEST_F(WitnessClientTest, ErrorsOfTheProofEndTheCall) {
  witness_.Remember(CheckpointAt(2));
  const auto status = client_.AddCheckpoint(
      Sign(CheckpointAt(3)), [](uint64_t, uint64_t) { return absl::DataLossError("a tile is missing"); }, http_);
  EXPECT_EQ(status.status().code(), absl::StatusCode::kDataLoss);
}

// What a witness may answer, and what becomes of it.
TEST_F(WitnessClientTest, OddAnswers) {
  HttpResponse response;
  const SmallHttpServer server([&response](const HttpRequest&) { return response; });
  WitnessClient client(server.url(), client_.key());
  const auto ask = [&](int status, const std::string& type, const std::string& body) {
    response = {.status = status, .content_type = type, .body = body};
    return client
        .AddCheckpoint(
            Sign(CheckpointAt(3)), [](uint64_t, uint64_t) { return std::vector<Digest>(); }, http_)
        .status()
        .code();
  };
  const std::string size_type = "text/x.tlog.size";
  EXPECT_EQ(ask(409, "text/plain", "1\n"), absl::StatusCode::kInvalidArgument);
  for (const char* size : {"1", "01\n", "-1\n", "1\n\n", "", "18446744073709551616\n", "x\n"}) {
    EXPECT_EQ(ask(409, size_type, size), absl::StatusCode::kInvalidArgument) << size;
  }
  EXPECT_EQ(ask(409, size_type, "18446744073709551615\n"), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ask(409, size_type, "1\n"), absl::StatusCode::kFailedPrecondition);  // and 1 again, when asked from 1
  EXPECT_EQ(ask(422, "", ""), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ask(500, "", ""), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ask(204, "", ""), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ask(200, "", ""), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(ask(200, "", "\n"), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ask(200, "", "\xe2\x80\x94 cut off"), absl::StatusCode::kInvalidArgument);
  std::string many;
  for (int i = 0; i < 200; ++i) {
    many += FormatSignatureLine({.name = "w" + std::to_string(i), .key_id = 1, .signature = std::string(72, 'x')});
  }
  EXPECT_EQ(ask(200, "", many), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace affidavit::ledger
