#include "db/siem_store.h"

#include <functional>

#include "core/base/digest.h"
#include "core/base/encoding.h"
#include "core/base/status_macros.h"
#include "db/connection.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/integration/siem/written_log.h"
#include "tests/unit/cli/test_run.h"

namespace affidavit::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class SiemStoreTest : public ::testing::Test {
 protected:
  absl::Status RunAs(Role role, const std::function<absl::Status(db::Transaction&)>& body) const {
    ASSIGN_OR_RETURN(const auto connection, db::Connection::Open({.url = log_.database().url(role)}));
    return connection->Transact(body);
  }
  void Expect(const std::function<void(db::Transaction&)>& body) const {
    const absl::Status status = RunAs(Role::kWorker, [&body](db::Transaction& transaction) {
      body(transaction);
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
  }
  cli::RunResult Siem(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "siem");
    return cli::RunCli(arguments, {{"AFFIDAVIT_DATABASE_URL", log_.database().url(Role::kOwner)}});
  }

  WrittenLog log_;
};

TEST_F(SiemStoreTest, ReadsReceiptsInTheirOrderWithTheirEntries) {
  log_.Append(6);
  log_.WriteReceipts(3, 6);
  log_.WriteReceipts(0, 3);
  Expect([](db::Transaction& transaction) {
    const std::vector<db::WriteReceipt> receipts = db::ReadReceipts(transaction, 1, 4);
    ASSERT_THAT(receipts, SizeIs(4));
    EXPECT_EQ(receipts[0].receipt_id, 1);
    EXPECT_EQ(receipts[0].leaf_index, 4);
    EXPECT_EQ(receipts[0].event_id, "event-4");
    EXPECT_EQ(receipts[0].kind, "envelope");
    EXPECT_EQ(receipts[0].payload_sha256, HexEncode(AsBytes(Sha256("{}"))));
    EXPECT_EQ(receipts[0].object_key, "audit/4.json");
    EXPECT_TRUE(receipts[0].retain_until.has_value());
    EXPECT_EQ(receipts[3].leaf_index, 1);
    const db::SiemLag lag = db::ReadSiemLag(transaction, db::SiemFeed::kReceipts, 4);
    EXPECT_EQ(lag.count, 2);
    EXPECT_EQ(lag.oldest_time, receipts[3].write_time);
    EXPECT_FALSE(db::ReadSiemLag(transaction, db::SiemFeed::kReceipts, 6).oldest_time.has_value());
  });
}

TEST_F(SiemStoreTest, ACursorMovesOnlyFromWhereItIs) {
  Expect([](db::Transaction& transaction) {
    EXPECT_EQ(db::ReadSiemCursor(transaction, "a", db::SiemFeed::kReceipts), 0);
    EXPECT_TRUE(db::MoveSiemCursor(transaction, "a", db::SiemFeed::kReceipts, 0, 7).ok());
    EXPECT_TRUE(absl::IsAborted(db::MoveSiemCursor(transaction, "a", db::SiemFeed::kReceipts, 0, 9)));
    EXPECT_EQ(db::ReadSiemCursor(transaction, "a", db::SiemFeed::kReceipts), 7);
    EXPECT_EQ(db::ReadSiemCursor(transaction, "a", db::SiemFeed::kSecurityEvents), 0);
    EXPECT_EQ(db::ReadSiemCursor(transaction, "b", db::SiemFeed::kReceipts), 0);
    EXPECT_THAT(db::ReadSiemSinks(transaction), SizeIs(3));
  });
}

TEST_F(SiemStoreTest, ReplayGoesBackToTheEarliestReceiptOfAnyLaterEntry) {
  log_.Append(10);
  log_.WriteReceipts(8, 10);  // receipts 0 and 1: these came first
  log_.WriteReceipts(0, 8);
  Expect([](db::Transaction& transaction) {
    db::SiemReplay replay;
    EXPECT_TRUE(absl::IsNotFound(db::ReplaySiem(transaction, "a", 0, replay)));
    db::ReadSiemCursor(transaction, "a", db::SiemFeed::kReceipts);
    ASSERT_TRUE(db::MoveSiemCursor(transaction, "a", db::SiemFeed::kReceipts, 0, 10).ok());
    ASSERT_TRUE(db::ReplaySiem(transaction, "a", 9, replay).ok());
    EXPECT_EQ(replay.receipt_id_after, 1);
    EXPECT_EQ(replay.receipt_count, 9);
    EXPECT_EQ(db::ReadSiemCursor(transaction, "a", db::SiemFeed::kReceipts), 1);
    ASSERT_TRUE(db::ReplaySiem(transaction, "a", 7, replay).ok());
    EXPECT_EQ(replay.receipt_id_after, 0);
    ASSERT_TRUE(db::MoveSiemCursor(transaction, "a", db::SiemFeed::kReceipts, 0, 0).ok());
    ASSERT_TRUE(db::ReplaySiem(transaction, "a", 9, replay).ok());
    EXPECT_EQ(replay.receipt_id_after, 0);  // never forward
    EXPECT_TRUE(absl::IsNotFound(db::ReplaySiem(transaction, "a", 10, replay)));
  });
}

TEST_F(SiemStoreTest, SecurityEventsRiseInTheOrderOfTheirCommits) {
  Expect([](db::Transaction& transaction) {
    db::RecordSecurityEvent(transaction, SystemClock().WallNow(), "first", R"({"a":1})");
  });
  absl::Status refused = RunAs(Role::kWorker, [](db::Transaction& transaction) {
    db::RecordSecurityEvent(transaction, SystemClock().WallNow(), "Not A Name", "{}");
    return absl::OkStatus();
  });
  EXPECT_FALSE(refused.ok());
  // Whoever records while another has not committed yet waits: no id can be passed unseen.
  const absl::StatusOr<std::unique_ptr<db::Connection>> other =
      db::Connection::Open({.url = log_.database().url(Role::kLedger), .lock_timeout_ms = 100});
  ASSERT_TRUE(other.ok());
  Expect([&other](db::Transaction& transaction) {
    db::RecordSecurityEvent(transaction, SystemClock().WallNow(), "second", "{}");
    const absl::Status waits = (*other)->Transact([](db::Transaction& theirs) {
      db::RecordSecurityEvent(theirs, SystemClock().WallNow(), "third", "{}");
      return absl::OkStatus();
    });
    EXPECT_FALSE(waits.ok());
    EXPECT_THAT(std::string(waits.message()), HasSubstr("55P03"));
  });
  Expect([](db::Transaction& transaction) {
    const std::vector<db::SecurityEvent> events = db::ReadSecurityEvents(transaction, 0, 10);
    ASSERT_THAT(events, SizeIs(2));
    EXPECT_EQ(events[0].name, "first");
    EXPECT_EQ(events[0].details, R"({"a": 1})");
    EXPECT_EQ(db::ReadSiemLag(transaction, db::SiemFeed::kSecurityEvents, events[1].event_id).count, 1);
    EXPECT_EQ(db::PruneSecurityEvents(transaction, 1), 0);
  });
  log_.database().Exec("UPDATE affidavit_state.security_events SET event_time = now() - interval '91 days'");
  Expect([](db::Transaction& transaction) { EXPECT_EQ(db::PruneSecurityEvents(transaction, 90), 2); });
}

TEST_F(SiemStoreTest, ReadersLookAndDoNotTouch) {
  EXPECT_TRUE(log_.database().Run(Role::kReader, "SELECT * FROM affidavit_state.siem_cursors").ok());
  EXPECT_FALSE(log_.database().Run(Role::kReader, "DELETE FROM affidavit_state.siem_cursors").ok());
  EXPECT_FALSE(log_.database().Run(Role::kLedger, "UPDATE affidavit_state.siem_cursors SET next_id = 9").ok());
  EXPECT_FALSE(log_.database().Run(Role::kLedger, "DELETE FROM affidavit_state.security_events").ok());
}

TEST_F(SiemStoreTest, TheCommandLineShowsAndSetsBack) {
  EXPECT_EQ(Siem({"status"}).out, "nothing has been shipped to any sink yet\n");
  EXPECT_EQ(Siem({"replay", "--sink", "soc", "--from", "0"}).code, cli::ExitCode::kFinding);
  EXPECT_EQ(Siem({"replay", "--sink", "soc", "--from", "-1"}).code, cli::ExitCode::kUsage);
  EXPECT_EQ(Siem({"replay", "--sink", "soc"}).code, cli::ExitCode::kUsage);
  log_.Append(4);
  log_.WriteReceipts(0, 4);
  Expect([](db::Transaction& transaction) {
    db::ReadSiemCursor(transaction, "soc", db::SiemFeed::kReceipts);
    EXPECT_TRUE(db::MoveSiemCursor(transaction, "soc", db::SiemFeed::kReceipts, 0, 3).ok());
  });
  EXPECT_THAT(Siem({"status"}).out, HasSubstr("soc receipts: next 3, waiting 1, moved 20"));
  EXPECT_THAT(Siem({"replay", "--sink", "soc", "--from", "1", "--output", "json"}).out,
              HasSubstr(R"({"sink":"soc","receipt_id_before":3,"receipt_id_after":1,"receipt_count":3})"));
  EXPECT_EQ(Siem({"replay", "--sink", "soc", "--from", "3"}).out, "soc has not come so far yet: nothing to set back\n");
  EXPECT_THAT(Siem({"status", "--output", "json"}).out, HasSubstr(R"("next_id":1,"waiting_count":3)"));
}

}  // namespace
}  // namespace affidavit::testing
