// The plans of what an append reads, as its session makes them: over the identity indexes and primary keys, whatever
// the size of the log. A plan that scans would be right in every other test and bring production to a halt.
#include <libpq-fe.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "db/append_statements.h"
#include "db/append_tiles.h"
#include "db/connection_options.h"
#include "db/lookup.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/test_database.h"

namespace affidavit::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Case {
  const char* statement;
  const char* index;
  const char* types;
  const char* arguments;
};

constexpr Case kCases[] = {
    {"look_up_envelopes", "entries_envelope_identity", "text, text[]", "'genesys', ARRAY['e1', 'e2', 'none']"},
    {"look_up_conflicts", "entries_conflict_identity", "text, text[], bytea[]",
     "'genesys', ARRAY['e1', 'e2'], ARRAY[sha256('1'), sha256('2')]"},
    {"look_up_bodies", "entries_body_identity", "text, bytea[]", "'genesys', ARRAY[sha256('1'), sha256('2')]"},
    {"look_up_records", "entries_record_identity", "text, text[], text", "'genesys', ARRAY['e1', 'e2'], 'heartbeat'"},
    {"edge_leaves", "entries_pkey", "bigint, bigint", "256, 300"},
    {"edge_tiles", "tiles_pkey", "bigint, bigint, bigint", "256, 300, 1"},
};

std::string SqlOf(const char* name) {
  for (const auto statements : {db::LookupStatements(), db::TileStatements()}) {
    for (const db::NamedStatement& statement : statements) {
      if (std::string(statement.name) == name) {
        return statement.sql;
      }
    }
  }
  return "";
}

class LookupPlanTest : public ::testing::Test {
 protected:
  // Entries of one source, most of them envelopes, every hundredth of each other kind that has an index.
  void Insert(int from, int until) {
    database_.Exec(absl::StrCat(R"(
      INSERT INTO affidavit.entries (leaf_index, payload_id, receive_time, retain_until, payload_size, payload_sha256,
                                     leaf_hash, kind, source, event_id, retention_class, provenance, leaf)
      SELECT i, i, now(), now(), 2, sha256(i::text::bytea), sha256(i::text::bytea),
             (ARRAY['conflict', 'excluded', 'heartbeat'])[i % 100], 'genesys', 'e' || i, 'default', 'webhook', '{}'
      FROM generate_series()",
                                from, ", ", until - 1, R"() i WHERE i % 100 IN (1, 2, 3))"));
    database_.Exec(absl::StrCat(R"(
      INSERT INTO affidavit.entries (leaf_index, payload_id, receive_time, retain_until, payload_size, payload_sha256,
                                     leaf_hash, kind, source, event_id, retention_class, provenance, leaf)
      SELECT i, i, now(), now(), 2, sha256(i::text::bytea), sha256(i::text::bytea),
             'envelope', 'genesys', 'e' || i, 'default', 'webhook', '{}'
      FROM generate_series()",
                                from, ", ", until - 1, R"() i WHERE i % 100 NOT IN (1, 2, 3))"));
  }

  // In a session with the append's settings.
  std::string Plan(const Case& look_up) const {
    db::ConnectionOptions options;
    options.url = database_.url(Role::kLedger);
    const std::string sql = absl::StrCat("PREPARE s(", look_up.types, ") AS ", SqlOf(look_up.statement),
                                         "; EXPLAIN EXECUTE s(", look_up.arguments, ")");
    const absl::StatusOr<Rows> rows = RunSql(*db::ConnInfo(options, db::kAppendSettings), sql);
    EXPECT_TRUE(rows.ok()) << rows.status();
    std::string plan;
    for (const std::vector<std::string>& row : *rows) {
      absl::StrAppend(&plan, row[0], "\n");
    }
    return plan;
  }

  void ExpectGoodPlans() const {
    for (const Case& look_up : kCases) {
      const std::string plan = Plan(look_up);
      EXPECT_THAT(plan, HasSubstr(absl::StrCat("using ", look_up.index)));
      // All columns of the index narrow the search; none is only checked afterwards.
      EXPECT_THAT(plan, HasSubstr("Index Cond:"));
      EXPECT_THAT(plan, Not(HasSubstr("Filter:")));
      EXPECT_THAT(plan, Not(HasSubstr("Seq Scan")));
      EXPECT_THAT(plan, Not(HasSubstr("Bitmap")));
    }
  }

  TestDatabase database_;
};

TEST_F(LookupPlanTest, OnAnEmptyLog) {
  ExpectGoodPlans();
}

TEST_F(LookupPlanTest, AsTheLogGrowsWithAndWithoutStatistics) {
  Insert(0, 10'000);
  ExpectGoodPlans();
  database_.Exec("ANALYZE affidavit.entries");
  ExpectGoodPlans();
  Insert(10'000, 300'000);
  ExpectGoodPlans();
  database_.Exec("ANALYZE affidavit.entries");
  ExpectGoodPlans();
}

}  // namespace
}  // namespace affidavit::testing
