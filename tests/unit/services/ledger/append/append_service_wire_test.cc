#include "services/ledger/append/append_service_wire.h"

#include <gtest/gtest.h>

#include "google/rpc/error_details.pb.h"
#include "tests/unit/services/ledger/append/entries.h"

namespace affidavit::ledger {
namespace {

TEST(AppendServiceWireTest, AnswersBecomeResults) {
  const PreparedEntry prepared = MakeEntry({.event_id = "e-1", .payload = "1"});
  const v1::AppendResult result =
      ToProto(prepared, {.outcome = AppendOutcome::kDuplicate, .leaf_index = 7, .payload_sha256 = Sha256("first")});
  EXPECT_EQ(result.outcome(), v1::APPEND_OUTCOME_DUPLICATE);
  EXPECT_EQ(result.event_id(), "e-1");
  EXPECT_EQ(result.payload_sha256(), AsBytes(Sha256("first")));
  EXPECT_EQ(result.leaf_index(), 7);
  EXPECT_TRUE(result.reason().empty());
  EXPECT_FALSE(result.has_error());
}

TEST(AppendServiceWireTest, QuarantinedResultsSayWhyAndHaveNoId) {
  PreparedEntry prepared = MakeEntry({.kind = EntryKind::kQuarantined});
  prepared.reason = "duplicate_key";
  const v1::AppendResult result = ToProto(prepared, {.outcome = AppendOutcome::kQuarantined, .leaf_index = 7});
  EXPECT_EQ(result.outcome(), v1::APPEND_OUTCOME_QUARANTINED);
  EXPECT_TRUE(result.event_id().empty());
  EXPECT_EQ(result.reason(), "duplicate_key");
}

TEST(AppendServiceWireTest, EveryRefusalHasAReasonAndSaysWhetherToRetry) {
  const std::vector<std::pair<Refusal, std::string>> reasons = {
      {Refusal::kClockSkew, "CLOCK_SKEW"},         {Refusal::kStoreUnavailable, "STORE_UNAVAILABLE"},
      {Refusal::kCommitUnknown, "COMMIT_UNKNOWN"}, {Refusal::kDraining, "DRAINING"},
      {Refusal::kEntryRefused, "ENTRY_REFUSED"},   {Refusal::kLogRolledBack, "LOG_ROLLED_BACK"}};
  for (const auto& [refusal, reason] : reasons) {
    const v1::AppendResult result = ToProto(MakeEntry({}), Refused(refusal));
    EXPECT_EQ(result.outcome(), v1::APPEND_OUTCOME_REFUSED);
    google::rpc::ErrorInfo info;
    ASSERT_TRUE(result.error().details(0).UnpackTo(&info));
    EXPECT_EQ(info.reason(), reason);
    const bool transient = refusal != Refusal::kEntryRefused && refusal != Refusal::kLogRolledBack;
    EXPECT_EQ(result.error().code() == static_cast<int>(grpc::StatusCode::UNAVAILABLE), transient);
    EXPECT_EQ(result.error().details_size(), transient ? 2 : 1) << "RetryInfo";
  }
}

TEST(AppendServiceWireTest, OneErrorStandsForABatchThatOnlyHasToBeSentAgain) {
  EXPECT_FALSE(ErrorOfAll({}));
  EXPECT_FALSE(ErrorOfAll({Refused(Refusal::kStoreUnavailable), {.outcome = AppendOutcome::kAccepted}}));
  EXPECT_FALSE(ErrorOfAll({Refused(Refusal::kStoreUnavailable), Refused(Refusal::kClockSkew)}));
  EXPECT_EQ(ErrorOfAll({Refused(Refusal::kStoreUnavailable)})->reason, v1::ERROR_REASON_STORE_UNAVAILABLE);
  EXPECT_EQ(ErrorOfAll({Refused(Refusal::kDraining)})->reason, v1::ERROR_REASON_DRAINING);
  EXPECT_EQ(ErrorOfAll({Refused(Refusal::kDraining), Refused(Refusal::kCommitUnknown)})->reason,
            v1::ERROR_REASON_COMMIT_UNKNOWN);
}

TEST(AppendServiceWireTest, AClosedGateSaysWhyAndWhetherItPassesByItself) {
  EXPECT_FALSE(ErrorOfGate(absl::OkStatus()));
  const auto rolled_back = ErrorOfGate(absl::FailedPreconditionError("two entries are gone"));
  EXPECT_EQ(rolled_back->code, grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(rolled_back->reason, v1::ERROR_REASON_LOG_ROLLED_BACK);
  EXPECT_EQ(rolled_back->message,
            "two entries are gone: nothing is appended until an operator has run `affidavit recover`");
  EXPECT_FALSE(rolled_back->retry_delay);
  const auto silent = ErrorOfGate(absl::UnavailableError("no witness"));
  EXPECT_EQ(silent->reason, v1::ERROR_REASON_STORE_UNAVAILABLE);
  EXPECT_TRUE(silent->retry_delay);
}

TEST(AppendServiceWireTest, ARecordsKindThatIsNoneIsLeftToPrepare) {
  v1::Record record;
  record.set_kind(static_cast<v1::EntryKind>(77));
  EXPECT_FALSE(IsRecord(FromProto(record).kind));
}

TEST(AppendServiceWireTest, ATimeThatIsNoneIsAbsent) {
  v1::Envelope envelope;
  EXPECT_FALSE(FromProto(envelope, "adapter-1").receive_time);
  envelope.mutable_receive_time()->set_nanos(-1);
  EXPECT_FALSE(FromProto(envelope, "adapter-1").receive_time);
  v1::Record record;
  record.mutable_event_time()->set_nanos(-1);
  EXPECT_TRUE(FromProto(record).has_event_time);
  EXPECT_FALSE(FromProto(record).event_time);
}

}  // namespace
}  // namespace affidavit::ledger
