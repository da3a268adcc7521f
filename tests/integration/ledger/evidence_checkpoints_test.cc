// GetCheckpoint and ListCheckpoints.
#include <gmock/gmock.h>

#include "core/checkpoint/cosignature.h"
#include "tests/integration/ledger/evidence_fixture.h"
#include "tests/integration/ledger/ledger_fixture.h"

namespace affidavit::ledger {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class EvidenceCheckpointsTest : public EvidenceFixture {
 protected:
  v1::ListCheckpointsResponse List(int page_size, const std::string& page_token = "", const std::string& origin = "") {
    v1::ListCheckpointsResponse response;
    const grpc::Status status = TryList(page_size, page_token, origin, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  grpc::Status TryList(int page_size, const std::string& page_token, const std::string& origin,
                       v1::ListCheckpointsResponse* response) {
    v1::ListCheckpointsRequest request;
    request.set_page_size(page_size);
    request.set_page_token(page_token);
    request.set_origin(origin);
    return Call(&v1::EvidenceService::Stub::ListCheckpoints, request, response);
  }

  static std::vector<int64_t> SizesOf(const v1::ListCheckpointsResponse& response) {
    std::vector<int64_t> sizes;
    for (const v1::Checkpoint& checkpoint : response.checkpoints()) {
      sizes.push_back(checkpoint.tree_size());
    }
    return sizes;
  }

  void PublishEach(int count) {
    for (int i = 0; i < count; ++i) {
      AppendNumbered(1);
      Publish();
    }
  }
};

TEST_F(EvidenceCheckpointsTest, TheNewestOrTheOneOfASize) {
  v1::GetCheckpointResponse response;
  EXPECT_EQ(ReasonOf(GetCheckpoint(0, &response)), "CHECKPOINT_NOT_FOUND");
  PublishEach(2);
  AppendNumbered(1);
  ASSERT_TRUE(GetCheckpoint(0, &response).ok());
  EXPECT_EQ(response.checkpoint().tree_size(), 2);
  EXPECT_EQ(response.checkpoint().origin(), kOrigin);
  EXPECT_GT(response.checkpoint().sign_time().seconds(), 0);
  EXPECT_THAT(response.verifier_keys(), ElementsAre(FormatVerifierKey(signer_->key())));
  const auto verified = VerifyCheckpoint(response.checkpoint().signed_note(), Policy());
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_EQ(std::string(AsBytes(verified->checkpoint.root_hash)), response.checkpoint().root_hash());
  ASSERT_TRUE(GetCheckpoint(1, &response).ok());
  EXPECT_EQ(response.checkpoint().tree_size(), 1);
  const grpc::Status status = GetCheckpoint(3, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(ReasonOf(status), "CHECKPOINT_NOT_FOUND");
}

TEST_F(EvidenceCheckpointsTest, WhatOutsidersAddedLateIsShown) {
  AppendNumbered(1);
  const db::StoredCheckpoint stored = Publish();
  const SecretKey witness =
      ParseSecretKey(GenerateEd25519Key("witness.example", KeyType::kCosignatureV1)->secret).value();
  const VerifierKey witness_key = VerifierKeyOf(witness).value();
  const std::string body = ParseNote(stored.signed_note)->text;
  const std::string line = FormatSignatureLine(Cosign(witness, body, 1'795'492'054).value());
  Transact([&](db::Transaction& transaction) {
    const TimePoint time = ParseRfc3339("2026-11-24T03:47:34Z").value();
    db::InsertCosignature(transaction, kOrigin, 1, {FormatVerifierKey(witness_key), line, time});
    db::InsertTimestamp(transaction, kOrigin, 1, {"tsa", std::string("\x30\x00", 2), time});
    return absl::OkStatus();
  });
  v1::GetCheckpointResponse response;
  ASSERT_TRUE(GetCheckpoint(0, &response).ok());
  const v1::Checkpoint& checkpoint = response.checkpoint();
  EXPECT_EQ(checkpoint.signed_note(), stored.signed_note + line);
  ASSERT_EQ(checkpoint.cosignatures_size(), 1);
  EXPECT_EQ(checkpoint.cosignatures(0).witness(), FormatVerifierKey(witness_key));
  EXPECT_EQ(checkpoint.cosignatures(0).cosign_time().seconds(), 1'795'492'054);
  ASSERT_EQ(checkpoint.timestamps_size(), 1);
  EXPECT_EQ(checkpoint.timestamps(0).authority(), "tsa");
  EXPECT_EQ(checkpoint.timestamps(0).token(), std::string("\x30\x00", 2));
  CheckpointPolicy policy = Policy();
  policy.witness_keys = {witness_key};
  policy.witness_count_min = 1;
  EXPECT_TRUE(VerifyCheckpoint(checkpoint.signed_note(), policy).ok());
}

TEST_F(EvidenceCheckpointsTest, PagesFollowEachOther) {
  PublishEach(5);
  const v1::ListCheckpointsResponse first = List(2);
  EXPECT_THAT(SizesOf(first), ElementsAre(1, 2));
  PublishEach(1);  // does not shift the listing, which ends where it was to end
  const v1::ListCheckpointsResponse second = List(2, first.next_page_token());
  EXPECT_THAT(SizesOf(second), ElementsAre(3, 4));
  const v1::ListCheckpointsResponse third = List(2, second.next_page_token());
  EXPECT_THAT(SizesOf(third), ElementsAre(5));
  EXPECT_EQ(third.next_page_token(), "");
  EXPECT_THAT(SizesOf(List(6)), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_EQ(List(6).next_page_token(), "");
}

TEST_F(EvidenceCheckpointsTest, PagesAreBounded) {
  PublishEach(103);
  EXPECT_EQ(List(0).checkpoints_size(), 50);
  const v1::ListCheckpointsResponse page = List(1'000'000);
  EXPECT_EQ(page.checkpoints_size(), 100);
  EXPECT_EQ(List(1'000'000, page.next_page_token()).checkpoints_size(), 3);
}

TEST_F(EvidenceCheckpointsTest, ALogWithoutCheckpointsHasAnEmptyListing) {
  EXPECT_THAT(SizesOf(List(10)), IsEmpty());
  EXPECT_EQ(List(10).next_page_token(), "");
}

TEST_F(EvidenceCheckpointsTest, ATokenIsGoodForItsOwnListingOnly) {
  PublishEach(3);
  const std::string token = List(1).next_page_token();
  AppendNumbered(1);
  Publish("log.example/evidence/2");
  v1::ListCheckpointsResponse response;
  const std::string damaged = (token[9] == 'A' ? 'B' : 'A') + token.substr(1);
  for (const auto& [text, origin] : std::vector<std::pair<std::string, std::string>>{
           {"nonsense", ""}, {damaged, kOrigin}, {token, ""}, {token, "log.example/evidence/2"}}) {
    const grpc::Status status = TryList(1, text, origin, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_EQ(ReasonOf(status), "PAGE_TOKEN_INVALID");
  }
  EXPECT_THAT(SizesOf(List(5, token, kOrigin)), ElementsAre(2, 3));
  v1::ListCheckpointsRequest negative;
  negative.set_page_size(-1);
  EXPECT_EQ(ReasonOf(Call(&v1::EvidenceService::Stub::ListCheckpoints, negative, &response)), "REQUEST_INVALID");
}

TEST_F(EvidenceCheckpointsTest, EarlierIncarnationsStayReadable) {
  PublishEach(2);
  AppendNumbered(1);
  Publish("log.example/evidence/2");
  v1::GetCheckpointRequest request;
  v1::GetCheckpointResponse response;
  ASSERT_TRUE(Call(&v1::EvidenceService::Stub::GetCheckpoint, request, &response).ok());
  EXPECT_EQ(response.checkpoint().origin(), "log.example/evidence/2");
  request.set_origin(kOrigin);
  ASSERT_TRUE(Call(&v1::EvidenceService::Stub::GetCheckpoint, request, &response).ok());
  EXPECT_EQ(response.checkpoint().tree_size(), 2);
  EXPECT_THAT(SizesOf(List(9)), ElementsAre(3));
  EXPECT_THAT(SizesOf(List(9, "", kOrigin)), ElementsAre(1, 2));
  EXPECT_THAT(SizesOf(List(9, "", "never.example/log")), IsEmpty());
  v1::GetConsistencyProofResponse consistency;
  EXPECT_TRUE(Consistency(2, 3, &consistency).ok()) << "the tree goes on";
}

}  // namespace
}  // namespace affidavit::ledger
