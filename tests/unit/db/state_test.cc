#include "db/state.h"

#include <map>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "db/connection.h"
#include "db/postgres_append_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/new_entries.h"
#include "tests/support/test_database.h"

namespace affidavit::testing {
namespace {

using ::testing::HasSubstr;

class StateTest : public ::testing::Test {
 protected:
  StateTest() {
    options_.url = database_.url(Role::kLedger);
    connection_ = *db::Connection::Open(options_);
  }

  // In a transaction of the ledger's role that must succeed.
  template <typename Function>
  auto Do(const Function& function) {
    decltype(function(std::declval<db::Transaction&>())) result{};
    const absl::Status status = connection_->Transact([&](db::Transaction& transaction) {
      result = function(transaction);
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return result;
  }

  db::Counts ReadCounts() {
    return Do([](db::Transaction& t) { return db::ReadCounts(t); });
  }
  int64_t Fold(int64_t count_max) {
    return Do([=](db::Transaction& t) { return db::FoldCounts(t, count_max); });
  }

  void Store(int64_t first_id, const std::vector<EntrySpec>& specs) {
    EntryBatch batch(first_id);
    for (const EntrySpec& spec : specs) {
      batch.Add(spec);
    }
    const absl::StatusOr<int64_t> stored = Append(*store_, batch);
    ASSERT_TRUE(stored.ok()) << stored.status();
  }

  static std::map<std::string, int64_t> AsMap(const db::Counts& counts) {
    std::map<std::string, int64_t> map;
    for (const db::EntryCount& count : counts.counts) {
      map[absl::StrCat(count.source, "/", std::string(EntryKindName(count.kind)))] = count.entry_count;
    }
    return map;
  }

  TestDatabase database_;
  db::ConnectionOptions options_;
  std::unique_ptr<db::Connection> connection_;
  const std::unique_ptr<db::AppendStore> store_ = db::MakePostgresAppendStore([this] {
    db::ConnectionOptions options;
    options.url = database_.url(Role::kLedger);
    return options;
  }());
};

TEST_F(StateTest, CountsAreExactHoweverFarTheyAreFolded) {
  EXPECT_EQ(ReadCounts().tree_size, 0);
  EXPECT_EQ(Fold(10), 0);
  const TimePoint late = *ParseRfc3339("2026-06-01T00:00:00.123456Z");
  const TimePoint early = *ParseRfc3339("2026-05-01T00:00:00Z");
  Store(1, {{.event_id = "a", .receive_time = late},
            {.event_id = "b", .receive_time = early},
            {.kind = EntryKind::kConflict, .event_id = "a", .payload = "2"},
            {.source = "other", .event_id = "a"},
            {.kind = EntryKind::kExcluded, .event_id = "x"}});
  const std::map<std::string, int64_t> expected = {
      {"genesys/envelope", 2}, {"genesys/conflict", 1}, {"genesys/excluded", 1}, {"other/envelope", 1}};
  for (const int64_t folded : {0, 2, 2, 1, 0}) {
    if (folded > 0) {
      EXPECT_EQ(Fold(2), folded);
    }
    const db::Counts counts = ReadCounts();
    EXPECT_EQ(counts.tree_size, 5);
    EXPECT_EQ(AsMap(counts), expected);
    for (const db::EntryCount& count : counts.counts) {
      if (count.source == "genesys" && count.kind == EntryKind::kEnvelope) {
        EXPECT_EQ(count.last_receive_time, late) << "the latest, not the last";
      }
    }
  }
  EXPECT_EQ(Fold(2), 0);
  Store(100, {{.event_id = "c"}});
  EXPECT_EQ(ReadCounts().tree_size, 6);
}

TEST_F(StateTest, FoldersAtOnceCountEveryEntryOnce) {
  std::atomic<bool> done{false};
  std::atomic<int64_t> folded{0};
  std::vector<std::thread> folders;
  for (int i = 0; i < 3; ++i) {
    folders.emplace_back([&] {
      const auto connection = *db::Connection::Open(options_);
      int64_t last = 0;
      while (!done || last > 0) {
        const absl::Status status = connection->Transact([&](db::Transaction& transaction) {
          last = db::FoldCounts(transaction, 7);
          return absl::OkStatus();
        });
        ASSERT_TRUE(status.ok()) << status;
        folded += last;
      }
    });
  }
  for (int b = 0; b < 40; ++b) {
    Store(1 + 10 * b,
          {{.event_id = absl::StrCat("a", b)}, {.event_id = absl::StrCat("b", b)}, {.event_id = absl::StrCat("c", b)}});
    EXPECT_EQ(ReadCounts().tree_size, 3 * (b + 1));
  }
  done = true;
  for (std::thread& folder : folders) {
    folder.join();
  }
  EXPECT_EQ(folded, 120);
  EXPECT_EQ(database_.Exec("SELECT sum(entry_count) FROM affidavit_state.entry_counts"), "120");
  EXPECT_EQ(ReadCounts().tree_size, 120);
}

TEST_F(StateTest, ReadersReadCountsToo) {
  Store(1, {{.event_id = "a"}});
  db::ConnectionOptions options;
  options.url = database_.url(Role::kReader);
  const auto reader = *db::Connection::Open(options);
  const absl::Status status = reader->Transact([&](db::Transaction& transaction) {
    EXPECT_EQ(db::ReadCounts(transaction).tree_size, 1);
    EXPECT_TRUE(db::ReadAdapters(transaction).empty());
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(StateTest, RemembersWhenAnAdapterWasSeenByTheDatabasesClock) {
  const TimePoint spooled = *ParseRfc3339("2026-01-02T03:04:05.678901Z");
  const auto record = [this](std::optional<TimePoint> oldest) {
    const absl::Status status = connection_->Transact([&](db::Transaction& transaction) {
      db::RecordAdapterSeen(transaction, {"adapter-1", TimePoint{}, oldest});
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return Do([](db::Transaction& t) { return db::ReadAdapters(t); });
  };
  const std::vector<db::AdapterSeen> first = record(spooled);
  ASSERT_EQ(first.size(), 1);
  EXPECT_EQ(first[0].adapter_id, "adapter-1");
  EXPECT_EQ(first[0].oldest_spooled_receive_time, spooled);
  const TimePoint now = Do([](db::Transaction& t) { return db::ReadDatabaseTime(t); });
  EXPECT_LT(std::chrono::abs(now - first[0].last_seen_time), std::chrono::seconds(60));
  const std::vector<db::AdapterSeen> second = record(std::nullopt);
  ASSERT_EQ(second.size(), 1);
  EXPECT_FALSE(second[0].oldest_spooled_receive_time.has_value());
  EXPECT_GT(second[0].last_seen_time, first[0].last_seen_time);
}

TEST_F(StateTest, RefusesAKeyIdThatComesBackWithAnotherSecret) {
  const std::string one("\x00\x01\x02\x03\x04\x05\x06\xff", 8);
  const std::string two("\x00\x01\x02\x03\x04\x05\x06\xfe", 8);
  const auto record = [this](const char* source, const char* key_id, const std::string& fingerprint) {
    return connection_->Transact(
        [&](db::Transaction& transaction) { return db::RecordSigningKey(transaction, source, key_id, fingerprint); });
  };
  EXPECT_TRUE(record("genesys", "k1", one).ok());
  EXPECT_TRUE(record("genesys", "k1", one).ok());
  EXPECT_TRUE(record("genesys", "k2", two).ok());
  EXPECT_TRUE(record("other", "k1", two).ok());
  const absl::Status refused = record("genesys", "k1", two);
  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("k1"));
  EXPECT_TRUE(absl::IsInvalidArgument(record("genesys", "k3", "short")));
  EXPECT_TRUE(record("genesys", "k1", one).ok()) << "and the connection goes on";
  EXPECT_EQ(database_.Exec("SELECT count(*) FROM affidavit.signing_keys"), "3");
}

TEST_F(StateTest, MakesPartitionsOnce) {
  EXPECT_EQ(Do([](db::Transaction& t) { return db::EnsurePartitions(t); }), 0) << "the migration has made them";
}

}  // namespace
}  // namespace affidavit::testing
