// Inclusion and consistency, verified by core as an outsider would.
#include <gmock/gmock.h>

#include "core/checkpoint/tlog_proof.h"
#include "core/envelope/leaf.h"
#include "core/merkle/verify.h"
#include "tests/integration/ledger/evidence_fixture.h"
#include "tests/integration/ledger/ledger_fixture.h"

namespace affidavit::ledger {
namespace {

using EvidenceProofsTest = EvidenceFixture;

std::vector<Digest> HashesOf(const google::protobuf::RepeatedPtrField<std::string>& field) {
  return ParseHashes(std::vector<std::string>(field.begin(), field.end())).value();
}

TEST_F(EvidenceProofsTest, EveryEntryIsProvedInTheNewestCheckpoint) {
  AppendNumbered(300);
  Publish();
  for (const int64_t index : {0, 1, 255, 256, 299}) {
    v1::GetInclusionProofResponse response;
    ASSERT_TRUE(Inclusion(index, &response).ok());
    EXPECT_EQ(response.leaf_index(), index);
    EXPECT_EQ(response.tree_size(), 300);
    EXPECT_EQ(response.leaf(), leaf(index));
    EXPECT_EQ(response.checkpoint().tree_size(), 300);
    const auto proof = ParseTlogProof(response.tlog_proof());
    ASSERT_TRUE(proof.ok()) << proof.status();
    EXPECT_EQ(proof->hashes, HashesOf(response.hashes()));
    EXPECT_EQ(proof->checkpoint, response.checkpoint().signed_note());
    const auto verified = VerifyTlogProof(response.leaf(), *proof, Policy());
    EXPECT_TRUE(verified.ok()) << verified.status();
  }
}

TEST_F(EvidenceProofsTest, AnEntryIsFoundByItsLeafWhateverItsKind) {
  int number = 0;
  for (const EntryKind kind :
       {EntryKind::kEnvelope, EntryKind::kConflict, EntryKind::kExcluded, EntryKind::kQuarantined, EntryKind::kStatus,
        EntryKind::kGovernance, EntryKind::kReconciliation, EntryKind::kHeartbeat, EntryKind::kAccess}) {
    Append({{.kind = kind, .event_id = "e", .payload = "{\"n\":" + std::to_string(number++) + "}"}});
  }
  Publish();
  for (int64_t index = 0; index < number; ++index) {
    v1::GetInclusionProofRequest request;
    request.set_leaf(leaf(index));
    v1::GetInclusionProofResponse response;
    const grpc::Status status = Inclusion(request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(response.leaf_index(), index);
    request.set_tree_size(index);
    if (index > 0) {
      EXPECT_THAT(FieldsAtFault(Inclusion(request, &response)), ::testing::ElementsAre("tree_size"));
    }
  }
  // The same identity, but not the same leaf.
  LeafFields fields = DecodeLeaf(leaf(0)).value();
  fields.adapter_id = "another";
  v1::GetInclusionProofRequest request;
  request.set_leaf(EncodeLeaf(fields).value());
  v1::GetInclusionProofResponse response;
  EXPECT_EQ(ReasonOf(Inclusion(request, &response)), "ENTRY_NOT_FOUND");
}

TEST_F(EvidenceProofsTest, AnySizeUpToTheNewestCheckpointIsProved) {
  AppendNumbered(100);
  Publish();
  AppendNumbered(200);
  Publish();
  v1::GetInclusionProofRequest request;
  request.set_leaf_index(42);
  request.set_tree_size(100);
  v1::GetInclusionProofResponse response;
  ASSERT_TRUE(Inclusion(request, &response).ok());
  EXPECT_EQ(response.checkpoint().tree_size(), 100);
  EXPECT_TRUE(VerifyTlogProof(response.leaf(), ParseTlogProof(response.tlog_proof()).value(), Policy()).ok());
  request.set_tree_size(257);
  response.Clear();
  ASSERT_TRUE(Inclusion(request, &response).ok());
  EXPECT_FALSE(response.has_checkpoint());
  EXPECT_EQ(response.tlog_proof(), "");
  v1::GetConsistencyProofResponse consistency;
  ASSERT_TRUE(Consistency(257, 300, &consistency).ok());
  EXPECT_TRUE(VerifyInclusion(42, 257, LeafHash(response.leaf()), HashesOf(response.hashes()),
                              ParseHash(consistency.first_root_hash()).value())
                  .ok());
}

TEST_F(EvidenceProofsTest, ConsistencyLeadsFromAnySizeToAnyLaterOne) {
  AppendNumbered(600);
  const db::StoredCheckpoint newest = Publish();
  for (const auto& [first, second] :
       std::vector<std::pair<int64_t, int64_t>>{{1, 600}, {256, 0}, {257, 513}, {600, 600}}) {
    v1::GetConsistencyProofResponse response;
    ASSERT_TRUE(Consistency(first, second, &response).ok());
    EXPECT_EQ(response.first_tree_size(), first);
    EXPECT_EQ(response.second_tree_size(), second == 0 ? 600 : second);
    EXPECT_TRUE(VerifyConsistency(first, response.second_tree_size(), ParseHash(response.first_root_hash()).value(),
                                  ParseHash(response.second_root_hash()).value(), HashesOf(response.hashes()))
                    .ok());
    if (response.second_tree_size() == 600) {
      EXPECT_EQ(response.second_root_hash(), std::string(AsBytes(newest.root_hash)));
    }
  }
}

TEST_F(EvidenceProofsTest, WhatIsNotPublishedYetSaysWhenToAskAgain) {
  v1::GetInclusionProofResponse inclusion;
  v1::GetConsistencyProofResponse consistency;
  EXPECT_EQ(ReasonOf(Inclusion(0, &inclusion)), "ENTRY_NOT_FOUND");
  AppendNumbered(3);
  const auto expect_not_published = [](const grpc::Status& status) {
    EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
    EXPECT_EQ(ReasonOf(status), "TREE_SIZE_NOT_PUBLISHED");
    EXPECT_EQ(RetryDelayOf(status), std::chrono::milliseconds(1'000));
  };
  expect_not_published(Inclusion(0, &inclusion));
  expect_not_published(Consistency(1, 0, &consistency));
  Publish();
  AppendNumbered(1);
  EXPECT_TRUE(Inclusion(2, &inclusion).ok());
  expect_not_published(Inclusion(3, &inclusion));
  expect_not_published(Consistency(1, 4, &consistency));
  expect_not_published(Consistency(4, 0, &consistency));
  v1::GetInclusionProofRequest request;
  request.set_leaf_index(0);
  request.set_tree_size(4);
  expect_not_published(Inclusion(request, &inclusion));
  EXPECT_EQ(ReasonOf(Inclusion(4, &inclusion)), "ENTRY_NOT_FOUND");
}

TEST_F(EvidenceProofsTest, BadRequestsAreToldAllTheirFaults) {
  v1::GetInclusionProofRequest request;
  request.set_tree_size(-1);
  v1::GetInclusionProofResponse inclusion;
  const grpc::Status status = Inclusion(request, &inclusion);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(ReasonOf(status), "REQUEST_INVALID");
  EXPECT_THAT(FieldsAtFault(status), ::testing::ElementsAre("entry", "tree_size"));
  v1::GetConsistencyProofResponse consistency;
  EXPECT_EQ(ReasonOf(Consistency(0, 0, &consistency)), "REQUEST_INVALID");
  EXPECT_EQ(ReasonOf(Consistency(2, 1, &consistency)), "REQUEST_INVALID");
}

TEST_F(EvidenceProofsTest, WithoutAKeyNothingIsProved) {
  Serve({}, /*is_signing=*/false);
  v1::GetInclusionProofResponse inclusion;
  v1::GetConsistencyProofResponse consistency;
  v1::GetCheckpointResponse checkpoint;
  v1::ListCheckpointsResponse list;
  v1::GetProofOfDeliveryResponse delivery;
  v1::GetProofOfDeliveryRequest delivery_request;
  delivery_request.set_message_id("m");
  for (const grpc::Status& status :
       {Inclusion(0, &inclusion), Consistency(1, 0, &consistency), GetCheckpoint(0, &checkpoint),
        Call(&v1::EvidenceService::Stub::ListCheckpoints, v1::ListCheckpointsRequest(), &list),
        Delivery(delivery_request, &delivery)}) {
    EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
    EXPECT_EQ(ReasonOf(status), "SIGNING_NOT_CONFIGURED");
  }
}

TEST_F(EvidenceProofsTest, ARolledBackLogProvesNothing) {
  Serve({.check_log = [] { return absl::FailedPreconditionError("the database is behind"); }});
  v1::GetInclusionProofResponse response;
  const grpc::Status status = Inclusion(0, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(ReasonOf(status), "LOG_ROLLED_BACK");
  EXPECT_NE(status.error_message().find("the database is behind"), std::string::npos);
}

TEST_F(EvidenceProofsTest, WhatWasTamperedWithIsNotProved) {
  AppendNumbered(300);
  Publish();
  const auto tamper = [this](const std::string& table, const std::string& statement) {
    database_.Exec("ALTER TABLE affidavit." + table + " DISABLE TRIGGER USER; " + statement);
  };
  v1::GetInclusionProofResponse inclusion;
  ASSERT_TRUE(Inclusion(3, &inclusion).ok());
  tamper("tiles", "UPDATE affidavit.tiles SET root = decode(repeat('ab', 32), 'hex')");
  v1::GetConsistencyProofResponse consistency;
  EXPECT_EQ(ReasonOf(Inclusion(299, &inclusion)), "ENTRY_CORRUPT");
  EXPECT_EQ(ReasonOf(Consistency(256, 300, &consistency)), "ENTRY_CORRUPT");
  tamper("entries", "UPDATE affidavit.entries SET leaf_hash = decode(repeat('ab', 32), 'hex') WHERE leaf_index = 3");
  const grpc::Status status = Inclusion(3, &inclusion);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::DATA_LOSS);
  EXPECT_EQ(ReasonOf(status), "ENTRY_CORRUPT");
}

TEST_F(EvidenceProofsTest, WithoutADatabaseItSaysSo) {
  db::ConnectionPool nowhere({.url = "postgresql://127.0.0.1:1/none"}, 1);
  EvidenceService service({.verifier_keys = {FormatVerifierKey(signer_->key())}}, &nowhere);
  v1::GetCheckpointRequest request;
  v1::GetCheckpointResponse response;
  const grpc::Status status = service.GetCheckpoint(nullptr, &request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(ReasonOf(status), "STORE_UNAVAILABLE");
  EXPECT_GT(RetryDelayOf(status).count(), 0);
}

}  // namespace
}  // namespace affidavit::ledger
