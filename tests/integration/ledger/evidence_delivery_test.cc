// GetProofOfDelivery: which entries a bundle holds, and that it verifies.
#include <gmock/gmock.h>

#include "core/checkpoint/tlog_proof.h"
#include "core/evidence/bundle.h"
#include "core/evidence/verify_bundle.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "tests/integration/ledger/evidence_fixture.h"
#include "tests/integration/ledger/ledger_fixture.h"

namespace affidavit::ledger {
namespace {

using ::testing::ElementsAre;
using testing::EntrySpec;

class EvidenceDeliveryTest : public EvidenceFixture {
 protected:
  static v1::GetProofOfDeliveryRequest ByMessage(const std::string& id, const std::string& source = "") {
    v1::GetProofOfDeliveryRequest request;
    request.set_message_id(id);
    request.set_source(source);
    return request;
  }
  static v1::GetProofOfDeliveryRequest ByCorrelation(const std::string& id, const std::string& source = "") {
    v1::GetProofOfDeliveryRequest request;
    request.set_correlation_id(id);
    request.set_source(source);
    return request;
  }
  static v1::GetProofOfDeliveryRequest ByEvent(const std::string& id, const std::string& source = "") {
    v1::GetProofOfDeliveryRequest request;
    request.set_event_id(id);
    request.set_source(source);
    return request;
  }

  // "SOURCE MESSAGE_ID EVENT_ID: leaf indexes" of each bundle, whose proofs all verify.
  std::vector<std::string> Bundles(const v1::GetProofOfDeliveryRequest& request) {
    v1::GetProofOfDeliveryResponse response;
    const grpc::Status status = Delivery(request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    std::vector<std::string> described;
    for (const auto& proto : response.bundles()) {
      const absl::StatusOr<ProofBundle> bundle = DecodeBundle(proto.bundle());
      EXPECT_TRUE(bundle.ok()) << bundle.status();
      EXPECT_EQ(bundle->source, proto.source());
      EXPECT_EQ(bundle->message_id, proto.message_id());
      std::string text = proto.source() + " " + proto.message_id() + " " + proto.event_id() + ":";
      for (const BundleEntry& entry : bundle->entries) {
        const TlogProof proof = ParseTlogProof(entry.tlog_proof).value();
        EXPECT_EQ(proof.checkpoint, bundle->checkpoint);
        EXPECT_TRUE(VerifyTlogProof(entry.leaf, proof, Policy()).ok());
        text += " " + std::to_string(proof.index);
      }
      described.push_back(text);
    }
    return described;
  }

  std::string Reason(const v1::GetProofOfDeliveryRequest& request) {
    v1::GetProofOfDeliveryResponse response;
    return ReasonOf(Delivery(request, &response));
  }

  std::string Candidates(const v1::GetProofOfDeliveryRequest& request) {
    v1::GetProofOfDeliveryResponse response;
    google::rpc::Status details;
    details.ParseFromString(Delivery(request, &response).error_details());
    google::rpc::ErrorInfo info;
    EXPECT_TRUE(details.details_size() > 0 && details.details(0).UnpackTo(&info));
    EXPECT_EQ(info.reason(), "AMBIGUOUS_ID");
    return info.metadata().at("candidates");
  }
};

TEST_F(EvidenceDeliveryTest, AMessagesBundleHoldsEveryEntryOfWhateverKind) {
  Append({{.event_id = "send", .message_id = "m-1"},
          {.event_id = "else", .message_id = "m-2"},
          {.event_id = "delivery", .message_id = "m-1"},
          {.kind = EntryKind::kConflict, .event_id = "send", .payload = "{\"n\":1}", .message_id = "m-1"},
          {.kind = EntryKind::kExcluded, .event_id = "inbound", .payload = "{\"n\":2}", .message_id = "m-1"},
          {.kind = EntryKind::kStatus, .event_id = "timeout", .payload = "{\"n\":3}", .message_id = "m-1"}});
  Publish();
  EXPECT_THAT(Bundles(ByMessage("m-1")), ElementsAre("genesys m-1 : 0 2 3 4 5"));
  EXPECT_THAT(Bundles(ByEvent("delivery")), ElementsAre("genesys m-1 : 0 2 3 4 5"));
  EXPECT_THAT(Bundles(ByMessage("m-2", "genesys")), ElementsAre("genesys m-2 : 1"));
}

TEST_F(EvidenceDeliveryTest, ABundleHoldsTheExactBytesAndVerifies) {
  const std::string raw("{\"a\":\"\xC3\xA9\"}\r\n\0", 13);
  Append({{.event_id = "send", .payload = raw, .message_id = "m-1", .payload_error = "22P05"}});
  Publish();
  Transact([](db::Transaction& transaction) {
    db::InsertTimestamp(transaction, kOrigin, 1, {"tsa", "token", SystemClock().WallNow()});
    return absl::OkStatus();
  });
  v1::GetProofOfDeliveryResponse response;
  ASSERT_TRUE(Delivery(ByMessage("m-1"), &response).ok());
  const ProofBundle bundle = DecodeBundle(response.bundles(0).bundle()).value();
  EXPECT_EQ(bundle.entries.at(0).raw, raw);
  EXPECT_EQ(bundle.entries.at(0).leaf, leaf(0));
  EXPECT_THAT(bundle.timestamps, ElementsAre("token"));
}

TEST_F(EvidenceDeliveryTest, ABundlePassesTheExaminersChecks) {
  Append({{.event_id = "send", .message_id = "m-1"}, {.event_id = "delivery", .message_id = "m-1"}});
  Publish();
  v1::GetProofOfDeliveryResponse response;
  ASSERT_TRUE(Delivery(ByMessage("m-1"), &response).ok());
  const BundleVerdict verdict = VerifyBundle(response.bundles(0).bundle(), {.log_keys = {signer_->key()}});
  for (const VerificationStep& step : verdict.steps) {
    // The fixture's entries bear no signature of a platform; everything that the log answers for has to pass.
    EXPECT_TRUE(step.outcome != StepOutcome::kFailed || step.text.find("signature") != std::string::npos) << step.text;
  }
}

TEST_F(EvidenceDeliveryTest, AnIdOfSeveralSourcesHasToBeNarrowed) {
  Append({{.source = "genesys", .event_id = "e", .message_id = "m"},
          {.source = "other", .event_id = "e", .message_id = "m"}});
  Publish();
  EXPECT_EQ(Candidates(ByMessage("m")), "genesys/envelope/0,other/envelope/1");
  EXPECT_EQ(Candidates(ByEvent("e")), "genesys/envelope/0,other/envelope/1");
  EXPECT_THAT(Bundles(ByMessage("m", "other")), ElementsAre("other m : 1"));
  EXPECT_THAT(Bundles(ByEvent("e", "other")), ElementsAre("other m : 1"));
}

TEST_F(EvidenceDeliveryTest, ACorrelationIdGivesABundleForEachMessage) {
  Append({{.event_id = "s-1", .message_id = "m-1", .correlation_id = "c"},
          {.event_id = "s-2", .message_id = "m-2", .correlation_id = "c"},
          {.event_id = "d-1", .message_id = "m-1"},  // without the id, and still the message's
          {.event_id = "lone", .correlation_id = "c"},
          {.kind = EntryKind::kConflict, .event_id = "lone", .payload = "{\"n\":1}"},
          {.source = "other", .event_id = "s-3", .message_id = "m-1", .correlation_id = "c"},
          {.event_id = "s-4", .message_id = "m-4", .correlation_id = "d"}});
  Publish();
  EXPECT_THAT(Bundles(ByCorrelation("c")),
              ElementsAre("genesys  lone: 3 4", "genesys m-1 : 0 2", "genesys m-2 : 1", "other m-1 : 5"));
  EXPECT_THAT(Bundles(ByCorrelation("c", "other")), ElementsAre("other m-1 : 5"));
}

TEST_F(EvidenceDeliveryTest, AnEventWithoutAMessageIsProvedWithItsConflicts) {
  Append({{.event_id = "e"},
          {.event_id = "f"},
          {.kind = EntryKind::kConflict, .event_id = "e", .payload = "{\"n\":1}"},
          {.kind = EntryKind::kQuarantined, .event_id = "", .payload = "?", .payload_error = "22P02"}});
  Publish();
  EXPECT_THAT(Bundles(ByEvent("e")), ElementsAre("genesys  e: 0 2"));
}

TEST_F(EvidenceDeliveryTest, TheEnvelopeSaysWhichMessageAnEventBelongsTo) {
  Append({{.event_id = "e", .message_id = "m-1"},
          {.kind = EntryKind::kConflict, .event_id = "e", .payload = "{\"n\":1}", .message_id = "m-2"},
          {.kind = EntryKind::kExcluded, .event_id = "x", .payload = "{\"n\":2}", .message_id = "m-3"},
          {.kind = EntryKind::kExcluded, .event_id = "x", .payload = "{\"n\":3}", .message_id = "m-4"}});
  Publish();
  EXPECT_THAT(Bundles(ByEvent("e")), ElementsAre("genesys m-1 : 0"));
  EXPECT_EQ(Candidates(ByEvent("x")), "genesys/excluded/2,genesys/excluded/3");
}

TEST_F(EvidenceDeliveryTest, ABundleLeavesOutNothingThatIsNotPublishedYet) {
  Append({{.event_id = "send", .message_id = "m-1"}});
  EXPECT_EQ(Reason(ByMessage("m-1")), "TREE_SIZE_NOT_PUBLISHED");
  Publish();
  Append({{.event_id = "else", .message_id = "m-2"}});
  EXPECT_THAT(Bundles(ByMessage("m-1")), ElementsAre("genesys m-1 : 0"));
  Append({{.event_id = "delivery", .message_id = "m-1"}});
  EXPECT_EQ(Reason(ByMessage("m-1")), "TREE_SIZE_NOT_PUBLISHED");
  Publish();
  EXPECT_THAT(Bundles(ByMessage("m-1")), ElementsAre("genesys m-1 : 0 2"));
}

TEST_F(EvidenceDeliveryTest, WhatIsNotThereIsNotFound) {
  AppendNumbered(1);
  Publish();
  EXPECT_EQ(Reason(ByMessage("nobody")), "ENTRY_NOT_FOUND");
  EXPECT_EQ(Reason(ByMessage("m-0", "other")), "ENTRY_NOT_FOUND");
  EXPECT_EQ(Reason(ByCorrelation("nobody")), "ENTRY_NOT_FOUND");
  EXPECT_EQ(Reason(ByEvent("nobody")), "ENTRY_NOT_FOUND");
  EXPECT_EQ(Reason({}), "REQUEST_INVALID");
}

TEST_F(EvidenceDeliveryTest, WhatOneAnswerCannotHoldIsRefusedWithAWayOut) {
  EvidenceServiceOptions options;
  options.delivery_limits = {.entry_count_max = 3, .delivery_count_max = 2, .payload_bytes_max = 100};
  Serve(std::move(options));
  Append({{.event_id = "1", .payload = "{" + std::string(100, ' ') + "}", .message_id = "large"},
          {.event_id = "2", .message_id = "many"},
          {.event_id = "3", .message_id = "many"},
          {.event_id = "4", .message_id = "many"},
          {.event_id = "5", .message_id = "many"},
          {.event_id = "6", .message_id = "a", .correlation_id = "wide"},
          {.event_id = "7", .message_id = "b", .correlation_id = "wide"},
          {.event_id = "8", .message_id = "c", .correlation_id = "wide"}});
  Publish();
  for (const auto& request : {ByMessage("large"), ByMessage("many"), ByEvent("2"), ByCorrelation("wide")}) {
    v1::GetProofOfDeliveryResponse response;
    const grpc::Status status = Delivery(request, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    EXPECT_EQ(ReasonOf(status), "PROOF_TOO_LARGE");
    EXPECT_NE(status.error_message().find("one message at a time"), std::string::npos);
  }
  EXPECT_THAT(Bundles(ByMessage("a")), ElementsAre("genesys a : 5"));
}

TEST_F(EvidenceDeliveryTest, TheLargestAnswerFitsTheMessage) {
  std::vector<EntrySpec> specs;
  for (int i = 0; i < 16; ++i) {
    specs.push_back({.event_id = std::to_string(i),
                     .payload = std::string(1 << 20, static_cast<char>(i)),
                     .message_id = "m",
                     .payload_error = "22P02"});
  }
  Append(specs);
  Publish();
  v1::GetProofOfDeliveryResponse response;
  const grpc::Status status = Delivery(ByMessage("m"), &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_GT(response.bundles(0).bundle().size(), 16U << 20);
}

TEST_F(EvidenceDeliveryTest, ATamperedPayloadIsNotProved) {
  Append({{.event_id = "send", .message_id = "m-1"}});
  Publish();
  const std::string payloads = database_.Exec("SELECT tableoid::regclass FROM affidavit.payloads LIMIT 1");
  database_.Exec("ALTER TABLE " + payloads + " DISABLE TRIGGER USER; UPDATE " + payloads + " SET raw = '{ }'");
  v1::GetProofOfDeliveryResponse response;
  const grpc::Status status = Delivery(ByMessage("m-1"), &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::DATA_LOSS);
  EXPECT_EQ(ReasonOf(status), "ENTRY_CORRUPT");
}

}  // namespace
}  // namespace affidavit::ledger
