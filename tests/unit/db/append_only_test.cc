// Evidence is only ever added: whoever asks, whatever the partition, whether or not a row matches. The tables come from
// the catalog, so that one which a later migration forgets is found.
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "db/postgres_append_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/new_entries.h"
#include "tests/support/test_database.h"

namespace affidavit::testing {
namespace {

using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::StartsWith;

class AppendOnlyTest : public ::testing::Test {
 protected:
  AppendOnlyTest() {
    database_.Exec("SELECT affidavit.ensure_partitions(6)");
    db::ConnectionOptions options;
    options.url = database_.url(Role::kLedger);
    EntryBatch batch(1);
    batch.Add({.event_id = "a"}).Add({.kind = EntryKind::kExcluded, .event_id = "b"});
    EXPECT_TRUE(Append(*db::MakePostgresAppendStore(options), batch).ok());
  }

  // Tables of the schema, partitioned ones and partitions included; all but the list of what the migrator has run are
  // evidence.
  std::vector<std::string> EvidenceTables() const {
    std::vector<std::string> tables;
    const absl::StatusOr<Rows> rows =
        database_.Run(Role::kSuperuser,
                      "SELECT relname FROM pg_class WHERE relnamespace = 'affidavit'::regnamespace "
                      "AND relkind IN ('r', 'p') AND relname <> 'schema_migrations' ORDER BY 1");
    EXPECT_TRUE(rows.ok()) << rows.status();
    for (const std::vector<std::string>& row : *rows) {
      tables.push_back(row[0]);
    }
    return tables;
  }

  void ExpectRefused(Role role, const std::string& sql) const {
    const absl::StatusOr<Rows> result = database_.Run(role, sql);
    ASSERT_FALSE(result.ok()) << sql << " as role " << static_cast<int>(role);
    EXPECT_THAT(std::string(result.status().message()), StartsWith("42501")) << sql;
  }

  // A foreign key refuses even before the trigger.
  void ExpectTruncateRefused(Role role, const std::string& table) const {
    const absl::StatusOr<Rows> result = database_.Run(role, absl::StrCat("TRUNCATE affidavit.", table));
    ASSERT_FALSE(result.ok()) << table;
    EXPECT_THAT(std::string(result.status().message()), AnyOf(StartsWith("42501"), StartsWith("0A000"))) << table;
  }

  TestDatabase database_;
};

TEST_F(AppendOnlyTest, CoversEveryPartition) {
  // Two parents with a default partition, last month's, this month's and six more each; entries; signing_keys; tiles,
  // origins, checkpoints, cosignatures, timestamps; the receipts of the mirror and of what protects its objects.
  EXPECT_EQ(EvidenceTables().size(), 2 * (1 + 1 + 8) + 2 + 5 + 2);
}

TEST_F(AppendOnlyTest, RefusesUpdateDeleteAndTruncateToEveryRole) {
  for (const std::string& table : EvidenceTables()) {
    const std::string column = database_.Exec(absl::StrCat(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'affidavit.", table, "'::regclass AND attnum = 1"));
    for (const Role role : {Role::kSuperuser, Role::kOwner, Role::kLedger, Role::kReader}) {
      for (const char* which : {"", " WHERE false"}) {
        ExpectRefused(role, absl::StrCat("UPDATE affidavit.", table, " SET ", column, " = ", column, which));
        ExpectRefused(role, absl::StrCat("DELETE FROM affidavit.", table, which));
      }
      ExpectTruncateRefused(role, table);
      ExpectRefused(role, absl::StrCat("TRUNCATE affidavit.", table, " CASCADE"));
    }
    ExpectRefused(Role::kSuperuser,
                  absl::StrCat("SET session_replication_role = replica; DELETE FROM affidavit.", table));
  }
}

TEST_F(AppendOnlyTest, RefusesTheRoundaboutWaysToo) {
  ExpectRefused(
      Role::kOwner,
      "INSERT INTO affidavit.signing_keys (source, key_id, key_fingerprint) VALUES ('s', 'k', '\\x0102030405060708') "
      "ON CONFLICT (source, key_id) DO UPDATE SET key_fingerprint = excluded.key_fingerprint");
  ExpectRefused(Role::kOwner, "MERGE INTO affidavit.entries e USING (SELECT 1) one ON true WHEN MATCHED THEN DELETE");
  ExpectRefused(Role::kOwner, "WITH gone AS (DELETE FROM affidavit.entries RETURNING *) SELECT count(*) FROM gone");
}

TEST_F(AppendOnlyTest, ATableWithoutTheTriggerWouldBeFound) {
  EXPECT_EQ(
      database_.Exec(
          "SELECT count(*) FROM pg_class c WHERE relnamespace = 'affidavit'::regnamespace "
          "AND relkind IN ('r', 'p') AND relname <> 'schema_migrations' AND NOT EXISTS "
          "(SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'append_only' AND t.tgenabled = 'A')"),
      "0");
}

TEST_F(AppendOnlyTest, LedgerAndWorkerMayInsertIntoTheirOwnAndElseOnlyRead) {
  const absl::StatusOr<Rows> rows = database_.Run(
      Role::kSuperuser,
      "SELECT grantee, table_name, string_agg(privilege_type, ',' ORDER BY privilege_type) "
      "FROM information_schema.role_table_grants WHERE table_schema = 'affidavit' "
      "AND grantee IN ('affidavit_ledger', 'affidavit_worker', 'affidavit_reader', 'PUBLIC') GROUP BY 1, 2");
  ASSERT_TRUE(rows.ok()) << rows.status();
  const std::set<std::string> of_worker = {"mirror_receipts", "protection_receipts"};
  std::set<std::string> of_ledger;
  for (const std::vector<std::string>& row : *rows) {
    const bool is_worker = row[0] == "affidavit_worker";
    const bool both = row[1] != "schema_migrations" && of_worker.contains(row[1]) == is_worker &&
                      (is_worker || row[0] == "affidavit_ledger");
    EXPECT_EQ(row[2], both ? "INSERT,SELECT" : "SELECT") << row[0] << " on " << row[1];
    if (row[0] == "affidavit_ledger") {
      of_ledger.insert(row[1]);
    }
  }
  for (const std::string& table : EvidenceTables()) {
    EXPECT_THAT(of_ledger, Contains(table));
  }
}

TEST_F(AppendOnlyTest, NeitherLedgerNorReaderOwnsOrMakesAnything) {
  EXPECT_EQ(database_.Exec("SELECT count(*) FROM pg_class WHERE pg_get_userbyid(relowner) IN ('affidavit_ledger', "
                           "'affidavit_reader')"),
            "0");
  for (const Role role : {Role::kLedger, Role::kReader}) {
    ExpectRefused(role, "CREATE TABLE affidavit.mine ()");
    ExpectRefused(role, "CREATE TABLE affidavit_state.mine ()");
    ExpectRefused(role, "CREATE TABLE public.mine ()");
    ExpectRefused(role, "SELECT setval('affidavit.payload_ids', 1)");
    ExpectRefused(role, "CALL affidavit.make_append_only('affidavit.entries')");
    ExpectRefused(role, "SELECT affidavit.make_partition('affidavit.payloads', 'p', NULL, NULL)");
  }
  ExpectRefused(Role::kReader, "SELECT affidavit.ensure_partitions(3)");
  ExpectRefused(Role::kReader, "INSERT INTO affidavit_state.cursors (name) VALUES ('x')");
}

TEST_F(AppendOnlyTest, TheLedgerMakesPartitionsAheadOfNeed) {
  EXPECT_EQ((*database_.Run(Role::kLedger, "SELECT affidavit.ensure_partitions(6)"))[0][0], "0");
  EXPECT_EQ((*database_.Run(Role::kLedger, "SELECT affidavit.ensure_partitions(7)"))[0][0], "2");
  EXPECT_FALSE(database_.Run(Role::kLedger, "SELECT affidavit.ensure_partitions(25)").ok());
  EXPECT_EQ(database_.Exec("SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class "
                           "WHERE relnamespace = 'affidavit'::regnamespace"),
            "affidavit_owner");
  EXPECT_EQ(database_.Exec("SELECT count(*) FROM pg_class WHERE relispartition AND relkind = 'r' "
                           "AND relname ~ 'payloads' AND reloptions IS DISTINCT FROM '{toast_tuple_target=8160}'"),
            "0");
}

TEST_F(AppendOnlyTest, AMonthWhoseRowsLieInTheDefaultPartitionStaysThere) {
  db::ConnectionOptions options;
  options.url = database_.url(Role::kLedger);
  EntryBatch batch(50);
  batch.Add({.event_id = "ahead", .receive_time = SystemClock().WallNow() + std::chrono::days(31 * 9)});
  ASSERT_TRUE(Append(*db::MakePostgresAppendStore(options), batch).ok());
  const absl::StatusOr<Rows> made = database_.Run(Role::kLedger, "SELECT affidavit.ensure_partitions(12)");
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_THAT(made->front(), ElementsAre("11")) << "two tables with six more months each, but for one that is taken";
  EXPECT_EQ(database_.Exec("SELECT count(*) FROM affidavit.payloads_default"), "1");
}

}  // namespace
}  // namespace affidavit::testing
