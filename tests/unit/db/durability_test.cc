// What only a cluster of its own can show: settings that would make a 2xx a lie, a standby that does not answer, the
// power cord.
#include <string>
#include <thread>

#include "db/connection.h"
#include "db/migrator.h"
#include "db/postgres_append_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/new_entries.h"
#include "tests/support/private_cluster.h"
#include "tests/support/test_database.h"

namespace affidavit::testing {
namespace {

using ::testing::HasSubstr;

db::ConnectionOptions OptionsOf(const PrivateCluster& cluster) {
  db::ConnectionOptions options;
  options.url = cluster.url();
  return options;
}

class DurabilityTest : public ::testing::TestWithParam<const char*> {};

TEST_P(DurabilityTest, RefusesToWorkWithoutIt) {
  const PrivateCluster cluster(std::string(GetParam()) + "=off");
  const auto store = db::MakePostgresAppendStore(OptionsOf(cluster));
  for (const absl::Status& status :
       {store->ReservePayloadIds().status(), db::Connection::Open(OptionsOf(cluster)).status()}) {
    EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(std::string(GetParam()) + "=off"));
  }
}

INSTANTIATE_TEST_SUITE_P(Settings, DurabilityTest, ::testing::Values("fsync", "full_page_writes"));

class ClusterTest : public ::testing::Test {
 protected:
  ClusterTest() {
    const auto applied = db::Migrate(OptionsOf(cluster_));
    EXPECT_TRUE(applied.ok()) << applied.status();
    batch_.Add({.event_id = "a"});
  }

  std::string Exec(const std::string& sql) const {
    const absl::StatusOr<Rows> rows = RunSql(cluster_.url(), sql);
    EXPECT_TRUE(rows.ok()) << rows.status() << sql;
    return rows.ok() && !rows->empty() && !rows->front().empty() ? rows->front().front() : "";
  }

  // Waits until `sql` says 't'.
  void Await(const std::string& sql) const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (Exec(sql) != "t") {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << sql;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }

  PrivateCluster cluster_;
  EntryBatch batch_{1};
};

TEST_F(ClusterTest, ADatabaseWhoseCommitsAreAsynchronousByDefaultIsOverruled) {
  Exec("ALTER ROLE postgres SET synchronous_commit = off");
  EXPECT_TRUE(Append(*db::MakePostgresAppendStore(OptionsOf(cluster_)), batch_).ok());
  EXPECT_TRUE(db::Connection::Open(OptionsOf(cluster_)).ok());
}

TEST_F(ClusterTest, ASynchronousWaitThatWasCancelledIsAnUnknownOutcome) {
  Exec("ALTER ROLE postgres SET client_min_messages = error");  // would keep the warning from us
  const auto store = db::MakePostgresAppendStore(OptionsOf(cluster_));
  ASSERT_TRUE(store->Begin(batch_.Keys(), {}).ok());
  ASSERT_TRUE(store->Integrate(batch_.Entries(), batch_.Keys()).ok());
  Exec("ALTER SYSTEM SET synchronous_standby_names = 'nowhere'");
  Exec("SELECT pg_reload_conf()");
  Await("SELECT setting = 'nowhere' FROM pg_settings WHERE name = 'synchronous_standby_names'");
  std::thread canceller(
      [this] { Await("SELECT count(pg_cancel_backend(pid)) = 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'"); });
  const absl::Status status = store->Commit(batch_.Entries()).status();
  canceller.join();
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("warning"));

  // The rows are there and visible, but no standby has them: the next run must wait for one, although it writes no row.
  std::thread next_run([&] {
    const auto other = db::MakePostgresAppendStore(OptionsOf(cluster_));
    EXPECT_EQ(other->Begin(batch_.Keys(), {.lock_first = true, .recommit = true})->found.size(), 1);
    EXPECT_TRUE(other->Integrate({}, batch_.Keys()).ok());
    EXPECT_TRUE(other->Commit({}).ok());
  });
  Await("SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'");
  Exec("ALTER SYSTEM RESET synchronous_standby_names");
  Exec("SELECT pg_reload_conf()");
  next_run.join();
}

TEST_F(ClusterTest, WhatWasCommittedSurvivesTheCrashAndTheStoreGoesOn) {
  const auto store = db::MakePostgresAppendStore(OptionsOf(cluster_));
  ASSERT_EQ(Append(*store, batch_).value_or(-1), 0);
  const absl::StatusOr<db::AppendStore::IdBlock> before = store->ReservePayloadIds();
  ASSERT_TRUE(before.ok());
  cluster_.Crash();
  EXPECT_EQ(Exec("SELECT count(*) FROM affidavit.entries JOIN affidavit.payloads USING (payload_id, receive_time)"),
            "1");
  const absl::StatusOr<db::AppendStore::IdBlock> after = store->ReservePayloadIds();
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_GE(after->first, before->first + before->count) << "no id is given out twice";
  EntryBatch more(after->first);
  more.Add({.event_id = "b"});
  EXPECT_EQ(Append(*store, more).value_or(-1), 1);
}

}  // namespace
}  // namespace affidavit::testing
