#include "db/migrator.h"

#include <span>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/private_cluster.h"
#include "tests/support/test_database.h"

namespace affidavit::testing {
namespace {

using ::testing::HasSubstr;

db::ConnectionOptions MigratorOptionsOf(const std::string& url) {
  db::ConnectionOptions options;
  options.url = url;
  return options;
}

class MigratorTest : public ::testing::Test {
 protected:
  absl::Status CheckVersion(std::span<const db::Migration> migrations) const {
    const auto connection = db::Connection::Open(MigratorOptionsOf(database_.url(Role::kOwner)));
    EXPECT_TRUE(connection.ok()) << connection.status();
    return db::CheckSchemaVersion(**connection, migrations).status();
  }

  TestDatabase database_{Schema::kEmpty};
  const db::ConnectionOptions owner_ = MigratorOptionsOf(database_.url(Role::kOwner));
  const std::vector<db::Migration> embedded_{db::EmbeddedMigrations().begin(), db::EmbeddedMigrations().end()};
};

TEST_F(MigratorTest, NumbersAreConsecutiveAndReleasesNeverGoBack) {
  for (size_t i = 0; i < embedded_.size(); ++i) {
    EXPECT_EQ(embedded_[i].number, static_cast<int>(i) + 1);
    EXPECT_GE(embedded_[i].release, i == 0 ? 1 : embedded_[i - 1].release);
  }
  EXPECT_EQ(db::SchemaVersion(), static_cast<int>(embedded_.size()));
}

TEST_F(MigratorTest, AppliesEachOnceAndSaysWhich) {
  EXPECT_THAT(std::string(CheckVersion(embedded_).message()), HasSubstr("run `affidavit migrate`"));
  const auto first = db::Migrate(owner_);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->size(), embedded_.size());
  const auto second = db::Migrate(owner_);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->size(), 0);
  EXPECT_TRUE(CheckVersion(embedded_).ok());
  EXPECT_EQ(database_.Exec("SELECT count(*) FROM affidavit.schema_migrations WHERE length(sha256) = 64"),
            std::to_string(embedded_.size()));
}

TEST_F(MigratorTest, SeveralMachinesAtOnceApplyEachOnceInAll) {
  std::atomic<size_t> applied{0};
  std::vector<std::thread> machines;
  for (int i = 0; i < 4; ++i) {
    machines.emplace_back([&] {
      const auto result = db::Migrate(owner_);
      ASSERT_TRUE(result.ok()) << result.status();
      applied += result->size();
    });
  }
  for (std::thread& machine : machines) {
    machine.join();
  }
  EXPECT_EQ(applied, embedded_.size());
}

TEST_F(MigratorTest, LeavesNothingOfAMigrationThatFails) {
  std::vector<db::Migration> migrations = embedded_;
  migrations.push_back(
      {static_cast<int>(embedded_.size()) + 1, 1, "broken", "CREATE TABLE affidavit.half (); SELECT 1/0;"});
  const absl::Status status = db::Migrate(owner_, migrations).status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("(broken): 22012"));
  EXPECT_EQ(database_.Exec("SELECT to_regclass('affidavit.half') IS NULL"), "t");
  EXPECT_TRUE(CheckVersion(embedded_).ok()) << "those before it stay";
}

TEST_F(MigratorTest, RefusesAnotherTextUnderTheSameNumber) {
  ASSERT_TRUE(db::Migrate(owner_).ok());
  std::vector<db::Migration> edited = embedded_;
  edited[1].sql = "SELECT 'edited after its release'";
  for (const absl::Status& status : {db::Migrate(owner_, edited).status(), CheckVersion(edited)}) {
    EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("migration 2"));
  }
}

TEST_F(MigratorTest, RefusesAHistoryWithAGap) {
  ASSERT_TRUE(db::Migrate(owner_).ok());
  database_.Exec("DELETE FROM affidavit.schema_migrations WHERE number = 2");
  EXPECT_TRUE(absl::IsFailedPrecondition(CheckVersion(embedded_)));
  EXPECT_TRUE(absl::IsFailedPrecondition(db::Migrate(owner_).status()));
}

TEST_F(MigratorTest, RunsOnItsOwnReleasesSchemaAndTheNext) {
  const int release = embedded_.back().release;
  std::vector<db::Migration> next = embedded_;
  next.push_back({static_cast<int>(next.size()) + 1, release + 1, "next", "SELECT 1"});
  ASSERT_TRUE(db::Migrate(owner_, next).ok());
  EXPECT_TRUE(CheckVersion(embedded_).ok());
  EXPECT_TRUE(db::Migrate(owner_, embedded_).ok()) << "nothing to do";

  next.push_back({static_cast<int>(next.size()) + 1, release + 2, "after_next", "SELECT 1"});
  EXPECT_THAT(std::string(CheckVersion(next).message()), HasSubstr("run `affidavit migrate`"));
  ASSERT_TRUE(db::Migrate(owner_, next).ok());
  for (const absl::Status& status : {db::Migrate(owner_, embedded_).status(), CheckVersion(embedded_)}) {
    EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("upgrade this build"));
  }
}

TEST_F(MigratorTest, RefusesEntriesWithoutTiles) {
  const std::span<const db::Migration> before_tiles = std::span(embedded_).first(5);
  ASSERT_TRUE(db::Migrate(owner_, before_tiles).ok());
  database_.Exec(R"(
    INSERT INTO affidavit.entries (leaf_index, payload_id, receive_time, retain_until, payload_size, payload_sha256,
                                   leaf_hash, kind, source, event_id, retention_class, provenance, leaf)
    VALUES (0, 1, now(), now(), 2, sha256('{}'), sha256('{}'), 'envelope', 's', 'e', 'default', 'webhook', '{}'))");
  const absl::Status status = db::Migrate(owner_).status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("(log): 55000"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("begin with an empty database"));
  EXPECT_EQ(database_.Exec("SELECT to_regclass('affidavit.tiles') IS NULL"), "t");
  EXPECT_TRUE(CheckVersion(before_tiles).ok());
}

TEST_F(MigratorTest, TheLedgersRoleCanCheckTheVersion) {
  ASSERT_TRUE(db::Migrate(owner_).ok());
  for (const Role role : {Role::kLedger, Role::kReader}) {
    const auto connection = db::Connection::Open(MigratorOptionsOf(database_.url(role)));
    ASSERT_TRUE(connection.ok()) << connection.status();
    EXPECT_EQ(db::CheckSchemaVersion(**connection).value_or(0), db::SchemaVersion());
  }
}

// Roles belong to the cluster, so these two need one that never had ours.
class MigratorRolesTest : public ::testing::Test {
 protected:
  void Exec(const std::string& sql, const std::string& role = "postgres") const {
    const absl::StatusOr<Rows> rows = RunSql(cluster_.url(role), sql);
    ASSERT_TRUE(rows.ok()) << rows.status();
  }

  const PrivateCluster cluster_;
};

TEST_F(MigratorRolesTest, WithoutCreateroleItSaysWhatAnAdministratorMustRun) {
  Exec("CREATE ROLE plain LOGIN");
  Exec("GRANT CREATE ON DATABASE postgres TO plain");
  const absl::Status refused = db::Migrate(MigratorOptionsOf(cluster_.url("plain"))).status();
  ASSERT_FALSE(refused.ok());
  const std::string message(refused.message());
  const std::string sql =
      "CREATE ROLE affidavit_ledger; CREATE ROLE affidavit_reader; "
      "GRANT affidavit_ledger, affidavit_reader TO plain;";
  EXPECT_THAT(message, HasSubstr(sql));
  Exec(sql);
  // A role that came with a later migration is asked for when that one is due.
  const std::string later(db::Migrate(MigratorOptionsOf(cluster_.url("plain"))).status().message());
  const std::string later_sql = "CREATE ROLE affidavit_worker; GRANT affidavit_worker TO plain;";
  EXPECT_THAT(later, HasSubstr(later_sql));
  Exec(later_sql);
  const std::string last(db::Migrate(MigratorOptionsOf(cluster_.url("plain"))).status().message());
  const std::string last_sql = "CREATE ROLE affidavit_dispose; GRANT affidavit_dispose TO plain;";
  EXPECT_THAT(last, HasSubstr(last_sql));
  Exec(last_sql);
  EXPECT_TRUE(db::Migrate(MigratorOptionsOf(cluster_.url("plain"))).ok());
}

TEST_F(MigratorRolesTest, WithCreateroleItMakesTheRolesAndCanTakeThem) {
  Exec("CREATE ROLE maker LOGIN CREATEROLE");
  Exec("GRANT CREATE ON DATABASE postgres TO maker");
  const auto applied = db::Migrate(MigratorOptionsOf(cluster_.url("maker")));
  ASSERT_TRUE(applied.ok()) << applied.status();
  Exec("SET ROLE affidavit_ledger; SELECT count(*) FROM affidavit.entries", "maker");
  Exec("SET ROLE affidavit_reader; SELECT count(*) FROM affidavit.entries", "maker");
}

}  // namespace
}  // namespace affidavit::testing
