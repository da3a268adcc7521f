// ListEntries over the projections: the same entries, in the same order, as a plain query finds, wherever the cursor
// stands and whatever moves it meanwhile; and found without reading what the projections say is not there.
// (tests/unit/db/entry_reader_test.cc has its promises with nothing folded.)
#include <atomic>
#include <thread>

#include "absl/strings/str_cat.h"
#include "core/base/digest.h"
#include "db/connection.h"
#include "db/entry_reader.h"
#include "db/facts_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/sql_log.h"
#include "tests/support/test_database.h"

namespace affidavit::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int64_t kTreeSize = 6'000;

struct FilterCase {
  const char* where;  // the same in SQL
  db::ListFilter filter;
};

const Digest kSubject = Sha256("s1232");

std::vector<FilterCase> FilterCases() {
  return {
      {"true", {}},
      {"channel = 'RCS'", {.channel = "RCS"}},
      {"channel = 'SMS'", {.channel = "SMS"}},
      {"channel = 'FAX'", {.channel = "FAX"}},
      {"source = 'other'", {.source = "other"}},
      {"event_type = 'message:rare'", {.event_type = "message:rare"}},
      {"kind = 'governance'", {.kinds = {EntryKind::kGovernance}}},
      {"kind IN ('conflict', 'quarantined')", {.kinds = {EntryKind::kConflict, EntryKind::kQuarantined}}},
      {"source = 'other' AND channel = 'EMAIL' AND kind = 'envelope'",
       {.kinds = {EntryKind::kEnvelope}, .source = "other", .channel = "EMAIL"}},
      {"receive_time >= '2026-01-01T01:00:00Z' AND receive_time < '2026-01-01T01:00:10Z'",
       {.start_time = ParseRfc3339("2026-01-01T01:00:00Z"), .end_time = ParseRfc3339("2026-01-01T01:00:10Z")}},
      {"receive_time < '2026-01-01T00:00:01Z'", {.end_time = ParseRfc3339("2026-01-01T00:00:01Z")}},
      {"receive_time >= '2026-01-01T01:39:50.5Z'", {.start_time = ParseRfc3339("2026-01-01T01:39:50.5Z")}},
      {"false", {.start_time = ParseRfc3339("2026-01-01T01:00:10Z"), .end_time = ParseRfc3339("2026-01-01T01:00:00Z")}},
      {"message_id = 'm1100'", {.message_id = "m1100"}},
      {"message_id = 'm1100' AND event_type = 'message:send'", {.event_type = "message:send", .message_id = "m1100"}},
      {"correlation_id = 'c30' AND kind = 'conflict'", {.kinds = {EntryKind::kConflict}, .correlation_id = "c30"}},
  };
}

class EntryListTest : public ::testing::Test {
 protected:
  absl::StatusOr<db::ListPage> Page(const db::ListFilter& filter, int64_t from, int64_t tree_size, int limit) const {
    absl::StatusOr<db::ListPage> page;
    const absl::Status status = reader_->Transact([&](db::Transaction& transaction) {
      page = db::ListEntries(transaction, filter, from, tree_size, limit, db::WithPayload::kNo, 0);
      return absl::OkStatus();
    });
    return status.ok() ? page : status;
  }

  std::vector<int64_t> All(const db::ListFilter& filter, int64_t tree_size, int limit) const {
    std::vector<int64_t> indexes;
    for (std::optional<int64_t> from = 0; from.has_value();) {
      const absl::StatusOr<db::ListPage> page = Page(filter, *from, tree_size, limit);
      if (!page.ok()) {
        ADD_FAILURE() << page.status();
        return indexes;
      }
      for (const db::StoredEntry& entry : page->entries) {
        indexes.push_back(entry.leaf_index);
      }
      EXPECT_TRUE(!page->next_leaf_index.has_value() || *page->next_leaf_index > *from);
      from = page->next_leaf_index;
    }
    return indexes;
  }

  std::vector<int64_t> Expected(const std::string& where, int64_t tree_size = kTreeSize) const {
    std::vector<int64_t> indexes;
    const absl::StatusOr<Rows> rows =
        database_.Run(Role::kReader, absl::StrCat("SELECT leaf_index FROM affidavit.entries WHERE leaf_index < ",
                                                  tree_size, " AND ", where, " ORDER BY leaf_index"));
    EXPECT_TRUE(rows.ok()) << rows.status();
    for (const std::vector<std::string>& row : *rows) {
      indexes.push_back(std::stoll(row[0]));
    }
    return indexes;
  }

  // What a projector would say of entries [begin, end), and no more of them than where they are and for whom.
  absl::Status Fold(db::Connection& worker, int64_t begin, int64_t end) const {
    const absl::StatusOr<Rows> rows = database_.Run(
        Role::kReader,
        absl::StrCat("SELECT leaf_index, source, kind, coalesce(event_type, ''), coalesce(channel, ''), "
                     "(extract(epoch FROM receive_time) * 1000000)::bigint FROM affidavit.entries WHERE leaf_index >= ",
                     begin, " AND leaf_index < ", end, " ORDER BY leaf_index"));
    if (!rows.ok()) {
      return rows.status();
    }
    db::FactsStep step{.begin = begin, .end = end};
    for (const std::vector<std::string>& row : *rows) {
      const int64_t leaf_index = std::stoll(row[0]);
      const TimePoint receive_time(std::chrono::microseconds(std::stoll(row[5])));
      step.entries.push_back({leaf_index, row[1], row[2], row[3], row[4], receive_time});
      if (leaf_index % 100 == 42) {
        db::MessageFactRow fact{.source = row[1], .kind = row[2], .subject_hash = kSubject};
        fact.fact = {.leaf_index = leaf_index, .receive_time = receive_time};
        fact.integrate_time = receive_time;
        step.facts.push_back(fact);
      }
    }
    return worker.Transact([&](db::Transaction& transaction) {
      db::LockFactsCursor(transaction);
      db::WriteFacts(transaction, step);
      return absl::OkStatus();
    });
  }

  static std::unique_ptr<db::Connection> Open(const std::string& url) { return *db::Connection::Open({.url = url}); }

  TestDatabase database_;
  const std::unique_ptr<db::Connection> reader_ = Open(database_.url(Role::kReader));
  const std::unique_ptr<db::Connection> worker_ = Open(database_.url(Role::kWorker));
};

TEST_F(EntryListTest, FindsTheSameWhereverTheCursorStands) {
  InsertSqlEntries(database_, 0, kTreeSize);
  int64_t cursor = 0;
  for (const int64_t end : {int64_t{0}, int64_t{1}, int64_t{1'024}, int64_t{1'500}, kTreeSize}) {
    if (end > cursor) {
      ASSERT_EQ(Fold(*worker_, cursor, end), absl::OkStatus());
      cursor = end;
    }
    for (const FilterCase& one : FilterCases()) {
      const std::vector<int64_t> expected = Expected(one.where);
      EXPECT_EQ(All(one.filter, kTreeSize, 1'000), expected) << one.where << " folded " << cursor;
      EXPECT_EQ(All(one.filter, kTreeSize, 251), expected) << one.where << " folded " << cursor;
    }
  }
  EXPECT_THAT(All({.channel = "RCS"}, kTreeSize, 1), ElementsAre(4'321));
  EXPECT_THAT(All({.source = "other"}, kTreeSize, 1), ElementsAre(7, 1'007, 2'007, 3'007, 4'007, 5'007));
  EXPECT_THAT(All({.source = "other"}, 3'007, 1), ElementsAre(7, 1'007, 2'007));
}

TEST_F(EntryListTest, FindsWhatIsProjectedByRecipient) {
  InsertSqlEntries(database_, 0, kTreeSize);
  EXPECT_THAT(All({.subject_hash = kSubject}, kTreeSize, 10), IsEmpty());
  ASSERT_EQ(Fold(*worker_, 0, 3'000), absl::OkStatus());
  const std::string folded = "leaf_index < 3000 AND leaf_index % 100 = 42";
  EXPECT_EQ(All({.subject_hash = kSubject}, kTreeSize, 1'000), Expected(folded));
  EXPECT_EQ(All({.subject_hash = kSubject}, kTreeSize, 7), Expected(folded));
  EXPECT_EQ(All({.subject_hash = kSubject}, 942, 7), Expected(folded, 942));
  EXPECT_EQ(All({.channel = "SMS", .subject_hash = kSubject}, kTreeSize, 7), Expected(folded + " AND channel = 'SMS'"));
  EXPECT_THAT(All({.message_id = "m10", .subject_hash = kSubject}, kTreeSize, 7), ElementsAre(42));
  EXPECT_THAT(All({.message_id = "m11", .subject_hash = kSubject}, kTreeSize, 7), IsEmpty());
  EXPECT_THAT(All({.subject_hash = Sha256("nobody")}, kTreeSize, 7), IsEmpty());
}

// One recipient with more entries than one page compares with the rest of the filter.
TEST_F(EntryListTest, APageOfARecipientOfManyEndsEarly) {
  InsertSqlEntries(database_, 0, kTreeSize);
  database_.Exec(
      absl::StrCat("INSERT INTO affidavit_state.entry_subjects SELECT sha256('s1232'), i FROM "
                   "generate_series(0, ",
                   kTreeSize - 1, ") i"));
  const absl::StatusOr<db::ListPage> page = Page({.channel = "RCS", .subject_hash = kSubject}, 0, kTreeSize, 10);
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_THAT(page->entries, IsEmpty());
  EXPECT_EQ(page->next_leaf_index, 1'024);
  EXPECT_THAT(All({.channel = "RCS", .subject_hash = kSubject}, kTreeSize, 10), ElementsAre(4'321));
  EXPECT_EQ(All({.subject_hash = kSubject}, kTreeSize, 1'000), Expected("true"));
}

// 100 million entries, of which only those that are looked for are there at all.
TEST_F(EntryListTest, LooksUpWhereToLookInALongLog) {
  constexpr int64_t kLong = 100'000'000;
  InsertSqlEntries(database_, 4'321, 4'322);
  InsertSqlEntries(database_, 60'004'321, 60'004'322);
  InsertSqlBlocks(database_);
  InsertSqlEntries(database_, 99'999'323, 99'999'324);  // of EMAIL, and not folded
  database_.Exec(R"(
    INSERT INTO affidavit_state.entry_blocks
    SELECT b, 'genesys', 'envelope', 'message:send', 'SMS', 1024, now(), now() FROM generate_series(0, 97000) b
    ON CONFLICT DO NOTHING;
    UPDATE affidavit_state.cursors SET next_leaf_index = 97001::bigint << 10 WHERE name = 'facts';
    ANALYZE affidavit_state.entry_blocks)");
  const absl::StatusOr<db::ListPage> first = Page({.channel = "RCS"}, 0, kLong, 10);
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_EQ(first->entries.size(), 2);
  EXPECT_EQ(first->entries[1].leaf_index, 60'004'321);
  EXPECT_EQ(first->next_leaf_index, 67'108'864) << "one page looks over 65,536 blocks";
  const absl::StatusOr<db::ListPage> second = Page({.channel = "RCS"}, *first->next_leaf_index, kLong, 10);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_THAT(second->entries, IsEmpty());
  EXPECT_EQ(second->next_leaf_index, (int64_t{97'001} << 10) + 262'144) << "what is not folded is scanned";
  EXPECT_THAT(All({.channel = "RCS"}, kLong, 10), ElementsAre(4'321, 60'004'321));
  EXPECT_THAT(All({.channel = "EMAIL"}, kLong, 10), ElementsAre(99'999'323));

  // What is in every block is scanned as far as one page may.
  const absl::StatusOr<db::ListPage> common = Page({.channel = "SMS"}, 0, kLong, 10);
  ASSERT_TRUE(common.ok()) << common.status();
  EXPECT_THAT(common->entries, IsEmpty());
  EXPECT_EQ(common->next_leaf_index, 262'144);
}

TEST_F(EntryListTest, MissesNothingWhileBlocksAreFoldedAndEmptied) {
  InsertSqlEntries(database_, 0, kTreeSize);
  std::atomic<bool> folded = false;
  absl::Status folding;
  std::thread folder([&] {
    for (int round = 0; round < 6 && folding.ok(); ++round) {
      for (int64_t begin = 0; begin < kTreeSize && folding.ok(); begin += 600) {
        folding = Fold(*worker_, begin, begin + 600);
      }
      if (folding.ok()) {
        folding = worker_->Transact([](db::Transaction& transaction) {
          db::ResetFacts(transaction);
          return absl::OkStatus();
        });
      }
    }
    folded = true;
  });
  const std::vector<int64_t> other = Expected("source = 'other'"), rare = Expected("event_type = 'message:rare'");
  int rounds = 0;
  do {
    EXPECT_EQ(All({.source = "other"}, kTreeSize, 2), other);
    EXPECT_EQ(All({.event_type = "message:rare"}, kTreeSize, 10), rare);
    ++rounds;
  } while (!folded && !HasFailure());
  folder.join();
  EXPECT_EQ(folding, absl::OkStatus());
  EXPECT_GT(rounds, 1);
}

}  // namespace
}  // namespace affidavit::testing
