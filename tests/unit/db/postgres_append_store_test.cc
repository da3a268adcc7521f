// What Postgres, the network and a power cord can do to an append. Each case ends with: usable again.
#include "db/postgres_append_store.h"

#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/new_entries.h"
#include "tests/support/socket_gate.h"
#include "tests/support/test_database.h"

namespace affidavit::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class PostgresAppendStoreTest : public ::testing::Test {
 protected:
  PostgresAppendStoreTest() {
    options_.url = database_.url(Role::kLedger);
    batch_.Add({.event_id = "a"}).Add({.event_id = "b", .payload = R"({"n": 1})"});
  }

  std::string EntryCount() const { return database_.Exec("SELECT count(*) FROM affidavit.entries"); }

  // Ends every session of the ledger's role in this database.
  void Terminate() const {
    database_.Exec(
        "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity "
        "WHERE datname = current_database() AND usename = 'affidavit_ledger'");
  }

  void ExpectUsable(db::AppendStore& store) {
    EntryBatch fresh(900);
    fresh.Add({.event_id = "fresh"});
    const absl::StatusOr<int64_t> appended = Append(store, fresh);
    EXPECT_TRUE(appended.ok()) << appended.status();
  }

  TestDatabase database_;
  db::ConnectionOptions options_;
  EntryBatch batch_{1};
};

TEST_F(PostgresAppendStoreTest, AConnectionThatBrokeWhileIdleIsReplacedUnnoticed) {
  const auto store = db::MakePostgresAppendStore(options_);
  ASSERT_TRUE(store->ReservePayloadIds().ok());
  Terminate();
  EXPECT_TRUE(store->ReservePayloadIds().ok());
  Terminate();
  EXPECT_TRUE(Append(*store, batch_).ok());
}

TEST_F(PostgresAppendStoreTest, KilledWhileOpenItIsUnavailable) {
  const auto store = db::MakePostgresAppendStore(options_);
  ASSERT_TRUE(store->Begin(batch_.Keys(), {}).ok());
  Terminate();
  const absl::Status status = store->Integrate(batch_.Entries(), batch_.Keys()).status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_EQ(EntryCount(), "0");
  ExpectUsable(*store);
}

TEST_F(PostgresAppendStoreTest, KilledWhileLockedItsCommitIsOfUnknownOutcome) {
  const auto store = db::MakePostgresAppendStore(options_);
  ASSERT_TRUE(store->Begin(batch_.Keys(), {}).ok());
  ASSERT_TRUE(store->Integrate(batch_.Entries(), batch_.Keys()).ok());
  Terminate();
  const absl::Status status = store->Commit(batch_.Entries()).status();
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
  EXPECT_EQ(Append(*store, batch_, {.lock_first = true, .recommit = true}).value_or(-1), 0);
  ExpectUsable(*store);
}

TEST_F(PostgresAppendStoreTest, RollbackOfALostConnectionLeavesItIdle) {
  const auto store = db::MakePostgresAppendStore(options_);
  ASSERT_TRUE(store->Begin(batch_.Keys(), {}).ok());
  Terminate();
  store->Rollback();
  ExpectUsable(*store);
}

TEST_F(PostgresAppendStoreTest, UnreachableItIsUnavailable) {
  options_.url = "postgresql://nobody@/none?host=/nonexistent";
  const auto store = db::MakePostgresAppendStore(options_);
  const absl::Status status = store->Begin(batch_.Keys(), {}).status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
}

TEST_F(PostgresAppendStoreTest, CutBeforePostgresSawTheCommitNothingIsStored) {
  SocketGate gate(options_.url);
  options_.url = gate.url();
  const auto store = db::MakePostgresAppendStore(options_);
  gate.SetAtCommit(SocketGate::AtCommit::kCutBefore);
  const absl::Status status = Append(*store, batch_).status();
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
  const absl::StatusOr<db::OpenBatch> again = store->Begin(batch_.Keys(), {.lock_first = true, .recommit = true});
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->found.size(), 0);
  store->Rollback();
  ExpectUsable(*store);
}

TEST_F(PostgresAppendStoreTest, CutAfterPostgresCommittedTheNextRunFindsOurPayloadIds) {
  SocketGate gate(options_.url);
  options_.url = gate.url();
  const auto store = db::MakePostgresAppendStore(options_);
  gate.SetAtCommit(SocketGate::AtCommit::kCutAfter);
  const absl::Status status = Append(*store, batch_).status();
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
  const absl::StatusOr<db::OpenBatch> again = store->Begin(batch_.Keys(), {.lock_first = true, .recommit = true});
  ASSERT_TRUE(again.ok()) << again.status();
  ASSERT_EQ(again->found.size(), 2);
  EXPECT_EQ(again->found[0].payload_id, batch_[0].payload_id);
  EXPECT_EQ(again->found[1].payload_id, batch_[1].payload_id);
  ASSERT_TRUE(store->Integrate({}, batch_.Keys()).ok());
  EXPECT_TRUE(store->Commit({}).ok());
  ExpectUsable(*store);
}

TEST_F(PostgresAppendStoreTest, NoAnswerToACommitWithinTheDeadlineIsAnUnknownOutcome) {
  SocketGate gate(options_.url);
  options_.url = gate.url();
  options_.round_trip_timeout_ms = 300;
  const auto store = db::MakePostgresAppendStore(options_);
  gate.SetAtCommit(SocketGate::AtCommit::kStall);
  const auto start = std::chrono::steady_clock::now();
  const absl::Status status = Append(*store, batch_).status();
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(3));
  EXPECT_EQ(store->Begin(batch_.Keys(), {.lock_first = true, .recommit = true})->found.size(), 2);
  store->Rollback();
  ExpectUsable(*store);
}

TEST_F(PostgresAppendStoreTest, RecommitWritesToTheWalSoThatItsCommitHasSomethingToWaitFor) {
  const auto store = db::MakePostgresAppendStore(options_);
  ASSERT_TRUE(Append(*store, batch_).ok());
  for (const bool recommit : {false, true}) {
    ASSERT_TRUE(store->Begin(batch_.Keys(), {.lock_first = true, .recommit = recommit}).ok());
    ASSERT_TRUE(store->Integrate({}, batch_.Keys()).ok());
    const std::string with_xid = database_.Exec(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'affidavit_ledger' "
        "AND backend_xid IS NOT NULL");
    EXPECT_EQ(with_xid, recommit ? "1" : "0");
    ASSERT_TRUE(store->Commit({}).ok());
  }
}

TEST_F(PostgresAppendStoreTest, ASessionThatStopsInsideItsTransactionFreesTheLock) {
  options_.idle_in_transaction_timeout_ms = 500;
  const auto stopped = db::MakePostgresAppendStore(options_);
  ASSERT_TRUE(stopped->Begin(batch_.Keys(), {}).ok());
  ASSERT_TRUE(stopped->Integrate(batch_.Entries(), batch_.Keys()).ok());
  const auto other = db::MakePostgresAppendStore(options_);
  EXPECT_EQ(Append(*other, batch_).value_or(-1), 0) << "waits until Postgres has ended the stopped session";
  const absl::Status status = stopped->Commit(batch_.Entries()).status();
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(EntryCount(), "2");
  ExpectUsable(*stopped);
}

TEST_F(PostgresAppendStoreTest, PayloadsOfAnUnfinishedRunOfTheSameBatchAreNoFaultOfTheData) {
  const auto unfinished = db::MakePostgresAppendStore(options_);
  ASSERT_TRUE(unfinished->Begin(batch_.Keys(), {}).ok());
  ASSERT_TRUE(unfinished->Integrate(batch_.Entries(), batch_.Keys()).ok());
  const auto rerun = db::MakePostgresAppendStore(options_);
  std::thread commit([&] { EXPECT_TRUE(unfinished->Commit(batch_.Entries()).ok()); });
  // Either the first look-up comes too early and the payload ids collide, or it already sees what was committed.
  const absl::StatusOr<int64_t> result = Append(*rerun, batch_);
  commit.join();
  EXPECT_TRUE(absl::IsUnavailable(result.status())) << result.status();
  EXPECT_EQ(EntryCount(), "2");
}

TEST_F(PostgresAppendStoreTest, NamesWhatJsonbCannotHold) {
  const auto store = db::MakePostgresAppendStore(options_);
  const std::pair<std::string, const char*> refused[] = {
      {"[1e400000]", "22003"},
      {R"({"a":"\u0000"})", "22P05"},
      {std::string(200'000, '[') + std::string(200'000, ']'), "54001"},
      {"no JSON", "22P02"},
      {"\"\xff\"", "22021"},
  };
  for (const auto& [payload, sqlstate] : refused) {
    EntryBatch batch(100);
    batch.Add({.event_id = "x", .payload = payload});
    const absl::Status status = Append(*store, batch).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    EXPECT_THAT(std::string(status.message()), StartsWith(sqlstate));
    EXPECT_THAT(std::string(status.message()), ::testing::Not(HasSubstr("0xff")));
  }
  EntryBatch kept(200);
  kept.Add({.event_id = "null", .payload = "null"})
      .Add({.event_id = "raw", .payload = "no JSON", .payload_error = "22P02"});
  ASSERT_TRUE(Append(*store, kept).ok());
  EXPECT_EQ(database_.Exec("SELECT string_agg(coalesce(payload::text, payload_error), ',' ORDER BY payload_id) "
                           "FROM affidavit.payloads"),
            "null,22P02");
}

TEST_F(PostgresAppendStoreTest, ExcludedPayloadsGoToATableOfTheirOwn) {
  const auto store = db::MakePostgresAppendStore(options_);
  batch_.Add({.kind = EntryKind::kExcluded, .event_id = "c"});
  ASSERT_TRUE(Append(*store, batch_).ok());
  EXPECT_EQ(database_.Exec("SELECT count(*) FROM affidavit.payloads"), "2");
  EXPECT_EQ(database_.Exec("SELECT count(*) FROM affidavit.excluded_payloads"), "1");
}

TEST_F(PostgresAppendStoreTest, RowsOutsideAllPartitionsGoToTheDefaultOne) {
  const auto store = db::MakePostgresAppendStore(options_);
  EntryBatch batch(1);
  batch.Add({.event_id = "old", .receive_time = *ParseRfc3339("2001-02-03T04:05:06Z")});
  batch.Add({.event_id = "far", .receive_time = *ParseRfc3339("2199-02-03T04:05:06.123456Z")});
  ASSERT_TRUE(Append(*store, batch).ok());
  EXPECT_EQ(database_.Exec("SELECT string_agg(receive_time::text, ' ' ORDER BY receive_time) "
                           "FROM affidavit.payloads_default"),
            "2001-02-03 04:05:06+00 2199-02-03 04:05:06.123456+00");
}

TEST_F(PostgresAppendStoreTest, StoresEveryColumnAsTheLeafHasIt) {
  const auto store = db::MakePostgresAppendStore(options_);
  EntryBatch batch(77);
  batch.Add({.event_id = "id", .payload = "{\"x\":\"é\"}", .message_id = "m", .correlation_id = "c", .channel = ""});
  ASSERT_TRUE(Append(*store, batch).ok());
  const absl::StatusOr<Rows> rows = database_.Run(
      Role::kReader, "SELECT payload_id, receive_time = $t$" + FormatRfc3339(batch[0].fields.receive_time) +
                         "$t$, retain_until > receive_time, "
                         "event_time, payload_size, payload_sha256 = sha256(convert_to('{\"x\":\"é\"}', 'UTF8')), "
                         "leaf_hash = sha256('\\x00'::bytea || leaf), "
                         "kind, source, event_id, channel, message_id, correlation_id, provenance, integrate_time <= "
                         "clock_timestamp() "
                         "FROM affidavit.entries");
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT(rows->front(), ::testing::ElementsAre("77", "t", "t", "NULL", "10", "t", "t", "envelope", "genesys", "id",
                                                    "NULL", "m", "c", "webhook", "t"));
}

TEST_F(PostgresAppendStoreTest, ReservesAsManyIdsAsTheSequenceSteps) {
  const auto store = db::MakePostgresAppendStore(options_);
  const absl::StatusOr<db::AppendStore::IdBlock> block = store->ReservePayloadIds();
  ASSERT_TRUE(block.ok());
  EXPECT_EQ(std::to_string(block->count),
            database_.Exec("SELECT increment_by FROM pg_sequences WHERE sequencename = 'payload_ids'"));
}

TEST_F(PostgresAppendStoreTest, WithoutPrivilegesItIsInternal) {
  options_.url = database_.url(Role::kReader);
  const auto store = db::MakePostgresAppendStore(options_);
  const absl::Status status = Append(*store, batch_).status();
  EXPECT_TRUE(absl::IsInternal(status)) << status;
  EXPECT_THAT(std::string(status.message()), StartsWith("42501"));
}

}  // namespace
}  // namespace affidavit::testing
