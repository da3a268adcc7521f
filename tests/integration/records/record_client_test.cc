// The worker's records against a real ledger, and against none.
#include "services/records/record_client.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "tests/integration/ledger/ledger_fixture.h"

namespace affidavit::records {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kPatience{20'000};

Record MakeRecord(const std::string& key) {
  return {.kind = EntryKind::kStatus,
          .source = "genesys",
          .idempotency_key = key,
          .payload = R"({"status":"PENDING_DELIVERY_FAIL","v":1})",
          .event_type = "message:status:timeout",
          .channel = "sms",
          .message_id = "m-" + key,
          .correlation_id = "c-1",
          .event_time = ParseRfc3339("2026-11-24T10:00:00.123456Z")};
}

class RecordClientTest : public ledger::LedgerFixture {
 protected:
  RecordClientTest() : config_(MakeConfig()) {
    config_.worker.ledger_target = config_.ledger.listen;
    client_ = MakeGrpcRecordClient(config_.worker);
  }

  absl::StatusOr<std::vector<RecordReceipt>> Append(const std::vector<Record>& records,
                                                    milliseconds time_max = kPatience) {
    return client_->Append(records, time_max);
  }

  config::Config config_;
  std::unique_ptr<RecordClient> client_;
};

TEST_F(RecordClientTest, ARecordIsAnEntryWithAllThatItSays) {
  ledger::RunningLedger ledger(config_);
  const auto receipts = Append({MakeRecord("a"), MakeRecord("b")});
  ASSERT_TRUE(receipts.ok()) << receipts.status();
  ASSERT_EQ(receipts->size(), 2U);
  EXPECT_TRUE(receipts->at(0).is_new);
  EXPECT_TRUE(receipts->at(1).is_new);
  const v1::Entry entry = ledger.Get(receipts->at(0).leaf_index);
  EXPECT_EQ(entry.kind(), v1::ENTRY_KIND_STATUS);
  EXPECT_EQ(entry.source(), "genesys");
  EXPECT_EQ(entry.event_id(), "a");
  EXPECT_EQ(entry.event_type(), "message:status:timeout");
  EXPECT_EQ(entry.channel(), "sms");
  EXPECT_EQ(entry.message_id(), "m-a");
  EXPECT_EQ(entry.correlation_id(), "c-1");
  EXPECT_EQ(entry.event_time().nanos(), 123'456'000);
  EXPECT_EQ(ledger.Get(receipts->at(1).leaf_index).event_id(), "b");
}

TEST_F(RecordClientTest, ARepeatGetsTheFirstAnswerWhateverItSays) {
  const ledger::RunningLedger ledger(config_);
  const auto first = Append({MakeRecord("a")});
  ASSERT_TRUE(first.ok()) << first.status();
  Record other = MakeRecord("a");
  other.payload = R"({"status":"PENDING_DELIVERY_FAIL","v":1,"worker_id":"worker-2"})";
  const auto again = Append({MakeRecord("b"), other, other});
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->at(0).is_new);
  for (const int i : {1, 2}) {
    EXPECT_FALSE(again->at(i).is_new);
    EXPECT_EQ(again->at(i).leaf_index, first->at(0).leaf_index);
  }
}

TEST_F(RecordClientTest, ABadRecordIsToldFromALedgerThatIsNotThere) {
  const ledger::RunningLedger ledger(config_);
  Record no_json = MakeRecord("a");
  no_json.payload = "{";
  Record no_key = MakeRecord("");
  Record no_record = MakeRecord("b");
  no_record.kind = EntryKind::kEnvelope;
  for (const Record& bad : {no_json, no_key, no_record}) {
    const auto receipts = Append({MakeRecord("good"), bad});
    EXPECT_EQ(receipts.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(receipts.status().message()), ::testing::StartsWith("RECORD_INVALID: "));
  }
  EXPECT_EQ(Append(std::vector<Record>(101, MakeRecord("a"))).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(Append({}).value().empty());
}

TEST_F(RecordClientTest, ALedgerThatIsDownIsTriedAgainAndFoundWhenItIsBack) {
  EXPECT_EQ(Append({MakeRecord("a")}, milliseconds(300)).status().code(), absl::StatusCode::kUnavailable);
  const ledger::RunningLedger ledger(config_);
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  auto receipts = Append({MakeRecord("a")}, seconds(1));
  while (!receipts.ok() && std::chrono::steady_clock::now() < deadline) {
    ASSERT_EQ(receipts.status().code(), absl::StatusCode::kUnavailable);
    receipts = Append({MakeRecord("a")}, seconds(1));
  }
  ASSERT_TRUE(receipts.ok()) << receipts.status();
}

TEST_F(RecordClientTest, AStoreThatIsGoneIsWorthAnotherTry) {
  const ledger::RunningLedger ledger(config_);
  ASSERT_TRUE(Append({MakeRecord("a")}).ok());
  database_.Exec("REVOKE SELECT ON affidavit.entries FROM affidavit_ledger");
  const auto receipts = Append({MakeRecord("b")}, seconds(3));
  EXPECT_FALSE(receipts.ok());
  database_.Exec("GRANT SELECT ON affidavit.entries TO affidavit_ledger");
  EXPECT_TRUE(Append({MakeRecord("b")}).ok());
}

TEST_F(RecordClientTest, AMissingCertificateIsNamedAndReadOnceItIsThere) {
  config::WorkerConfig worker = config_.worker;
  worker.ledger_ca_file = folder_ + "/ca.pem";
  const auto client = MakeGrpcRecordClient(worker);
  const std::vector<Record> records = {MakeRecord("a")};
  auto receipts = client->Append(records, milliseconds(300));
  EXPECT_EQ(receipts.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(receipts.status().message()), ::testing::HasSubstr("ca.pem"));
  std::ofstream(worker.ledger_ca_file) << "no certificate";
  receipts = client->Append(records, milliseconds(300));
  EXPECT_EQ(receipts.status().code(), absl::StatusCode::kUnavailable) << "it was read, and speaks TLS to nobody";
}

}  // namespace
}  // namespace affidavit::records
