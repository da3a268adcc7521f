#include "db/mirror_store.h"

#include "db/connection.h"
#include "db/session_lock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/test_database.h"

namespace affidavit::db {
namespace {

using testing::Role;
using testing::TestDatabase;

class MirrorStoreTest : public ::testing::Test {
 protected:
  absl::Status Run(const std::function<absl::Status(Transaction&)>& body) { return connection_->Transact(body); }

  static MirrorReceipt Receipt(int64_t leaf_index) {
    return {.leaf_index = leaf_index,
            .outcome = MirrorOutcome::kCopied,
            .store = "s3://bucket/it's",
            .object_key = "audit/x!20\"'\\.json",
            .version_id = "v1",
            .checksum = Sha256("x"),
            .retain_until = ParseRfc3339("2033-11-24T01:02:03.000004Z"),
            .store_time = ParseRfc3339("2026-11-24T01:02:03.000004Z"),
            .legal_hold = true,
            .worker_id = "w"};
  }

  TestDatabase database_;
  const std::unique_ptr<Connection> connection_ = *Connection::Open({.url = database_.url(Role::kWorker)});
};

TEST_F(MirrorStoreTest, ReceiptsComeBackAsTheyWentIn) {
  const std::vector<MirrorReceipt> receipts = {Receipt(7),
                                               {.leaf_index = 3, .outcome = MirrorOutcome::kLeftOut, .worker_id = "w"}};
  ASSERT_TRUE(Run([&](Transaction& transaction) { return InsertMirrorReceipts(transaction, receipts); }).ok());
  ASSERT_TRUE(Run([&](Transaction& transaction) {
                auto more = Receipt(4);
                more.outcome = MirrorOutcome::kExisting;
                return InsertMirrorReceipts(transaction, std::span(&more, 1));
              }).ok());
  ASSERT_TRUE(Run([&](Transaction& transaction) {
                const MirrorReceipt read = *ReadMirrorReceipt(transaction, 7);
                EXPECT_EQ(read.receipt_id, 0);
                EXPECT_EQ(read.store, receipts[0].store);
                EXPECT_EQ(read.object_key, receipts[0].object_key);
                EXPECT_EQ(read.version_id, "v1");
                EXPECT_EQ(read.checksum, receipts[0].checksum);
                EXPECT_EQ(read.retain_until, receipts[0].retain_until);
                EXPECT_EQ(read.store_time, receipts[0].store_time);
                EXPECT_TRUE(read.legal_hold);
                EXPECT_GT(read.write_time, *ParseRfc3339("2020-01-01T00:00:00Z"));
                EXPECT_FALSE(ReadMirrorReceipt(transaction, 8).has_value());
                const auto listed = ListMirrorReceipts(transaction, 1, 10);
                EXPECT_EQ(listed.size(), 2U);
                EXPECT_EQ(listed[0].leaf_index, 3);
                EXPECT_EQ(listed[0].outcome, MirrorOutcome::kLeftOut);
                EXPECT_FALSE(listed[0].checksum.has_value());
                EXPECT_EQ(listed[1].outcome, MirrorOutcome::kExisting);
                EXPECT_EQ(ReadMirrorReceipts(transaction, 3, 7).size(), 2U);
                EXPECT_EQ(ReadMirroredRetention(transaction), receipts[0].retain_until);
                return absl::OkStatus();
              }).ok());
}

TEST_F(MirrorStoreTest, AReceiptEndsAFindingAndCursorsNeverGoBack) {
  ASSERT_TRUE(Run([&](Transaction& transaction) {
                EXPECT_TRUE(RecordMirrorFinding(transaction, {.leaf_index = 5, .reason = "r", .detail = "d"}));
                EXPECT_FALSE(RecordMirrorFinding(transaction, {.leaf_index = 5, .reason = "s", .detail = "d"}));
                SetMirrorCursor(transaction, 6);
                SetMirrorCursor(transaction, 4);
                RaiseMirrorAttempt(transaction, 9);
                RaiseMirrorAttempt(transaction, 2);
                EXPECT_EQ(ListMirrorFindings(transaction, 10)[0].attempt_count, 2);
                EXPECT_EQ(ListMirrorFindings(transaction, 10)[0].reason, "s");
                const MirrorProgress progress = ReadMirrorProgress(transaction);
                EXPECT_EQ(progress.next_leaf_index, 6);
                EXPECT_EQ(progress.attempted_leaf_index, 9);
                EXPECT_EQ(progress.finding_count, 1);
                EXPECT_EQ(progress.incarnation, 1);
                const MirrorReceipt receipt = Receipt(5);
                EXPECT_TRUE(InsertMirrorReceipts(transaction, std::span(&receipt, 1)).ok());
                EXPECT_TRUE(ListMirrorFindings(transaction, 10).empty());
                return absl::OkStatus();
              }).ok());
}

TEST_F(MirrorStoreTest, TheWorkerMayNotTouchWhatIsNotItsOwn) {
  for (const char* sql :
       {"UPDATE affidavit.mirror_receipts SET worker_id = ''", "DELETE FROM affidavit.mirror_receipts",
        "INSERT INTO affidavit.origins (origin, number) VALUES ('x', 1)", "DELETE FROM affidavit_state.cursors",
        "INSERT INTO affidavit.payloads (payload_id, receive_time, raw, payload) VALUES (1, now(), '', '{}')"}) {
    const auto result = database_.Run(Role::kWorker, sql);
    ASSERT_FALSE(result.ok()) << sql;
    EXPECT_THAT(std::string(result.status().message()), ::testing::StartsWith("42501")) << sql;
  }
}

TEST_F(MirrorStoreTest, OneSessionAtATimeHoldsALock) {
  SessionLock one({.url = database_.url(Role::kWorker)}, "affidavit.test");
  SessionLock two({.url = database_.url(Role::kWorker)}, "affidavit.test");
  SessionLock other({.url = database_.url(Role::kWorker)}, "affidavit.other");
  EXPECT_TRUE(absl::IsUnavailable(one.Check(std::chrono::milliseconds(0))));
  EXPECT_TRUE(*one.Acquire());
  EXPECT_TRUE(*one.Acquire()) << "again";
  EXPECT_FALSE(*two.Acquire());
  EXPECT_TRUE(*other.Acquire());
  EXPECT_TRUE(one.Check(std::chrono::milliseconds(0)).ok());
  EXPECT_TRUE(absl::IsUnavailable(two.Transact([](Transaction&) { return absl::OkStatus(); })));
  // It goes with its session, and whoever had it learns of it.
  database_.Exec(
      "SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE locktype = 'advisory' AND granted "
      "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())");
  EXPECT_TRUE(one.Check(std::chrono::hours(1)).ok()) << "not asked";
  EXPECT_FALSE(one.Transact([](Transaction&) { return absl::OkStatus(); }).ok());
  EXPECT_TRUE(absl::IsUnavailable(one.Check(std::chrono::hours(1))));
  while (!two.Acquire().value_or(false)) {
  }
  EXPECT_FALSE(*one.Acquire());
  two.Release();
  while (!one.Acquire().value_or(false)) {
  }
}

}  // namespace
}  // namespace affidavit::db
