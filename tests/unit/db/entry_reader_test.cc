#include "db/entry_reader.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "db/connection.h"
#include "db/postgres_append_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/new_entries.h"
#include "tests/support/test_database.h"

namespace affidavit::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

db::ConnectionOptions OptionsOf(const std::string& url) {
  db::ConnectionOptions options;
  options.url = url;
  return options;
}

class EntryReaderTest : public ::testing::Test {
 protected:
  EntryReaderTest()
      : store_(db::MakePostgresAppendStore(OptionsOf(database_.url(Role::kLedger)))),
        reader_(*db::Connection::Open(OptionsOf(database_.url(Role::kReader)))) {}

  void Store(const EntryBatch& batch) {
    const absl::StatusOr<int64_t> stored = Append(*store_, batch);
    ASSERT_TRUE(stored.ok()) << stored.status();
  }

  absl::StatusOr<std::optional<db::StoredEntry>> Read(int64_t leaf_index, db::WithPayload payload) {
    absl::StatusOr<std::optional<db::StoredEntry>> entry;
    const absl::Status status = reader_->Transact([&](db::Transaction& transaction) {
      entry = db::ReadEntry(transaction, leaf_index, payload);
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return entry;
  }

  absl::StatusOr<db::ListPage> List(const db::ListFilter& filter, int64_t from, int64_t tree_size, int limit,
                                    db::WithPayload payload = db::WithPayload::kNo, int64_t payload_bytes_max = 0) {
    absl::StatusOr<db::ListPage> page;
    const absl::Status status = reader_->Transact([&](db::Transaction& transaction) {
      page = db::ListEntries(transaction, filter, from, tree_size, limit, payload, payload_bytes_max);
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return page;
  }

  // All pages of `limit`.
  std::vector<int64_t> ListAll(const db::ListFilter& filter, int64_t tree_size, int limit) {
    std::vector<int64_t> indexes;
    std::optional<int64_t> from = 0;
    while (from.has_value()) {
      const absl::StatusOr<db::ListPage> page = List(filter, *from, tree_size, limit);
      EXPECT_TRUE(page.ok()) << page.status();
      for (const db::StoredEntry& entry : page->entries) {
        indexes.push_back(entry.leaf_index);
      }
      EXPECT_TRUE(!page->next_leaf_index.has_value() || *page->next_leaf_index > *from);
      from = page->next_leaf_index;
    }
    return indexes;
  }

  std::vector<int64_t> Find(std::string_view event_id, std::string_view source, int limit) {
    std::vector<int64_t> indexes;
    const absl::Status status = reader_->Transact([&](db::Transaction& transaction) {
      for (const db::Candidate& candidate : db::FindByEventId(transaction, event_id, source, limit)) {
        indexes.push_back(candidate.leaf_index);
      }
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return indexes;
  }

  // As somebody who got round roles and triggers.
  void Tamper(const std::string& table, const std::string& change) const {
    database_.Exec(absl::StrCat("ALTER TABLE affidavit.", table, " DISABLE TRIGGER append_only; UPDATE affidavit.",
                                table, " SET ", change, "; ALTER TABLE affidavit.", table,
                                " ENABLE ALWAYS TRIGGER append_only"));
  }

  TestDatabase database_;
  std::unique_ptr<db::AppendStore> store_;
  std::unique_ptr<db::Connection> reader_;
};

TEST_F(EntryReaderTest, ReadsWhatWasStored) {
  const std::string bytes("\x00\xff not JSON", 11);
  EntryBatch batch(5);
  batch.Add({.event_id = "a", .payload = "{\"n\": 1}"});
  batch.Add({.kind = EntryKind::kQuarantined, .payload = bytes, .payload_error = "22021"});
  batch.Add({.kind = EntryKind::kExcluded,
             .event_id = "c",
             .payload = ""
                        "[]"});
  Store(batch);
  for (size_t i = 0; i < batch.size(); ++i) {
    const auto entry = Read(static_cast<int64_t>(i), db::WithPayload::kYes);
    ASSERT_TRUE(entry.ok() && entry->has_value()) << entry.status();
    EXPECT_EQ((*entry)->leaf_index, static_cast<int64_t>(i));
    EXPECT_EQ((*entry)->payload_id, batch[i].payload_id);
    EXPECT_EQ((*entry)->leaf, batch[i].leaf);
    EXPECT_EQ((*entry)->leaf_hash, batch[i].leaf_hash);
    EXPECT_EQ((*entry)->payload, batch[i].payload);
    EXPECT_EQ((*entry)->payload_error, batch[i].payload_error);
    EXPECT_LT(std::chrono::abs((*entry)->integrate_time - SystemClock().WallNow()), std::chrono::seconds(60));
  }
  EXPECT_FALSE((*Read(0, db::WithPayload::kNo))->payload.has_value());
  EXPECT_FALSE(Read(3, db::WithPayload::kNo)->has_value());
  EXPECT_FALSE(Read(-1, db::WithPayload::kYes)->has_value());
}

TEST_F(EntryReaderTest, NamesTheEntryThatWasTamperedWith) {
  EntryBatch batch(1);
  batch.Add({.event_id = "a", .payload = "1"}).Add({.event_id = "b", .payload = "2"});
  Store(batch);
  const std::string partition =
      database_.Exec("SELECT tableoid::regclass::text FROM affidavit.payloads LIMIT 1").substr(10);

  Tamper(partition, "raw = '3' WHERE payload_id = 2");
  EXPECT_TRUE(Read(0, db::WithPayload::kYes).ok());
  EXPECT_TRUE(Read(1, db::WithPayload::kNo).ok());
  const absl::Status payload = Read(1, db::WithPayload::kYes).status();
  EXPECT_TRUE(absl::IsDataLoss(payload)) << payload;
  EXPECT_THAT(std::string(payload.message()), HasSubstr("entry 1"));
  EXPECT_TRUE(absl::IsDataLoss(List({}, 0, 2, 10, db::WithPayload::kYes, 1'000).status()));

  Tamper("entries", "leaf = '{}' WHERE leaf_index = 0");
  const absl::Status leaf = Read(0, db::WithPayload::kNo).status();
  EXPECT_TRUE(absl::IsDataLoss(leaf)) << leaf;
  EXPECT_THAT(std::string(leaf.message()), HasSubstr("entry 0"));
  EXPECT_TRUE(absl::IsDataLoss(List({}, 0, 2, 10).status()));
}

TEST_F(EntryReaderTest, APayloadThatWasDisposedOfIsAbsent) {
  EntryBatch batch(1);
  batch.Add({.event_id = "a"});
  Store(batch);
  const std::string partition = database_.Exec("SELECT tableoid::regclass::text FROM affidavit.payloads");
  database_.Exec("DROP TABLE " + partition);
  const auto entry = Read(0, db::WithPayload::kYes);
  ASSERT_TRUE(entry.ok() && entry->has_value()) << entry.status();
  EXPECT_FALSE((*entry)->payload.has_value());
}

TEST_F(EntryReaderTest, FindsEveryKindByEventId) {
  EntryBatch batch(1);
  batch.Add({.event_id = "id", .payload = "1"});                                     // 0
  batch.Add({.kind = EntryKind::kConflict, .event_id = "id", .payload = "2"});       // 1
  batch.Add({.kind = EntryKind::kConflict, .event_id = "id", .payload = "3"});       // 2
  batch.Add({.kind = EntryKind::kExcluded, .event_id = "id", .payload = "4"});       // 3
  batch.Add({.source = "other", .event_id = "id", .payload = "1"});                  // 4
  batch.Add({.kind = EntryKind::kAccess, .source = "affidavit", .event_id = "id"});  // 5
  batch.Add({.event_id = "id2", .payload = "1"});                                    // 6
  Store(batch);
  EXPECT_THAT(Find("id", "", 10), ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(Find("id", "genesys", 10), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(Find("id", "other", 10), ElementsAre(4));
  EXPECT_THAT(Find("id", "nobody", 10), IsEmpty());
  EXPECT_THAT(Find("i", "", 10), IsEmpty());
  EXPECT_THAT(Find(std::string("id\0", 3), "", 10), IsEmpty());
  EXPECT_EQ(Find("id", "", 2).size(), 2);
}

class ListTest : public EntryReaderTest {
 protected:
  // 30 entries: message m0 … m9 three times each, odd ones EMAIL, one correlation id for all but one.
  ListTest() {
    const TimePoint start = *ParseRfc3339("2026-01-01T00:00:00Z");
    EntryBatch batch(1);
    for (int i = 0; i < 30; ++i) {
      batch.Add({.kind = i == 7 ? EntryKind::kConflict : EntryKind::kEnvelope,
                 .source = i % 10 == 9 ? "other" : "genesys",
                 .event_id = absl::StrCat("e", i),
                 .payload = absl::StrCat("{\"n\":", 100 + i, "}"),
                 .message_id = absl::StrCat("m", i % 10),
                 .correlation_id = i == 13 ? "" : "campaign",
                 .channel = i % 2 == 1 ? "EMAIL" : "SMS",
                 .receive_time = start + std::chrono::minutes(i)});
    }
    Store(batch);
  }
};

TEST_F(ListTest, PagesThroughEverythingBelowTheTreeSize) {
  for (const int limit : {1, 7, 30, 100}) {
    const std::vector<int64_t> all = ListAll({}, 30, limit);
    ASSERT_EQ(all.size(), 30) << limit;
    for (int i = 0; i < 30; ++i) {
      EXPECT_EQ(all[i], i);
    }
  }
  EXPECT_EQ(ListAll({}, 12, 5).size(), 12);
  EXPECT_THAT(ListAll({}, 0, 5), IsEmpty());
  EXPECT_FALSE(List({}, 25, 30, 5)->next_leaf_index.has_value());
}

TEST_F(ListTest, FiltersByEachField) {
  EXPECT_THAT(ListAll({.message_id = "m3"}, 30, 2), ElementsAre(3, 13, 23));
  EXPECT_THAT(ListAll({.message_id = "m3", .correlation_id = "campaign"}, 30, 2), ElementsAre(3, 23));
  EXPECT_EQ(ListAll({.correlation_id = "campaign"}, 30, 4).size(), 29);
  EXPECT_THAT(ListAll({.source = "other"}, 30, 4), ElementsAre(9, 19, 29));
  EXPECT_THAT(ListAll({.source = "other", .channel = "SMS"}, 30, 4), IsEmpty());
  EXPECT_EQ(ListAll({.channel = "EMAIL"}, 30, 4).size(), 15);
  EXPECT_THAT(ListAll({.kinds = {EntryKind::kConflict, EntryKind::kExcluded}}, 30, 4), ElementsAre(7));
  EXPECT_THAT(ListAll({.event_type = "none"}, 30, 4), IsEmpty());
  EXPECT_THAT(ListAll({.message_id = "nobody"}, 30, 4), IsEmpty());
  EXPECT_THAT(ListAll({.message_id = std::string("m3\0", 3)}, 30, 4), IsEmpty());
  EXPECT_THAT(
      ListAll({.start_time = ParseRfc3339("2026-01-01T00:10:00Z"), .end_time = ParseRfc3339("2026-01-01T00:12:00Z")},
              30, 4),
      ElementsAre(10, 11));
}

TEST_F(ListTest, StopsAtTheBytesOfPayloadButMovesOnByOneAtLeast) {
  const absl::StatusOr<db::ListPage> two = List({}, 0, 30, 10, db::WithPayload::kYes, 20);
  ASSERT_TRUE(two.ok()) << two.status();
  ASSERT_EQ(two->entries.size(), 2) << "nine bytes each";
  EXPECT_EQ(two->entries[1].payload, "{\"n\":101}");
  EXPECT_EQ(two->next_leaf_index, 2);
  const absl::StatusOr<db::ListPage> one = List({}, 5, 30, 10, db::WithPayload::kYes, 1);
  ASSERT_EQ(one->entries.size(), 1);
  EXPECT_EQ(one->next_leaf_index, 6);
  EXPECT_EQ(List({}, 0, 30, 10, db::WithPayload::kNo, 1)->entries.size(), 10);
}

TEST_F(ListTest, TreeSizeIsTheNumberOfEntries) {
  int64_t tree_size = -1;
  ASSERT_TRUE(reader_
                  ->Transact([&](db::Transaction& transaction) {
                    tree_size = db::ReadTreeSize(transaction);
                    return absl::OkStatus();
                  })
                  .ok());
  EXPECT_EQ(tree_size, 30);
}

// Past the windows and past what one page scans.
TEST_F(EntryReaderTest, EndsAPageEarlyRatherThanScanForLong) {
  database_.Exec(R"(
    INSERT INTO affidavit.entries (leaf_index, payload_id, receive_time, retain_until, payload_size, payload_sha256,
                                   leaf_hash, kind, source, event_id, message_id, retention_class, provenance, leaf)
    SELECT i, i, now(), now(), 2, sha256('1'), sha256('\x007b7d'), 'envelope', 'genesys', 'e' || i, 'm' || (i % 100000),
           'default', 'webhook', '{}'
    FROM generate_series(0, 299999) i)");
  const absl::StatusOr<db::ListPage> scanned = List({.source = "nobody"}, 0, 300'000, 10);
  ASSERT_TRUE(scanned.ok()) << scanned.status();
  EXPECT_THAT(scanned->entries, IsEmpty());
  EXPECT_EQ(scanned->next_leaf_index, 262'144);
  EXPECT_THAT(ListAll({.source = "nobody"}, 300'000, 10), IsEmpty());
  EXPECT_THAT(ListAll({.message_id = "m5"}, 300'000, 10), ElementsAre(5, 100'005, 200'005));
  EXPECT_THAT(ListAll({.message_id = "m99999"}, 300'000, 1), ElementsAre(99'999, 199'999, 299'999));
  EXPECT_THAT(ListAll({.message_id = "m5"}, 200'005, 10), ElementsAre(5, 100'005));
}

}  // namespace
}  // namespace affidavit::testing
