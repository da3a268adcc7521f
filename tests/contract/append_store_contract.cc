#include "tests/contract/append_store_contract.h"

#include <atomic>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "tests/support/new_entries.h"

namespace affidavit::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

std::vector<int64_t> Indexes(const std::vector<db::FoundEntry>& found) {
  std::vector<int64_t> indexes;
  for (const db::FoundEntry& entry : found) {
    indexes.push_back(entry.leaf_index);
  }
  return indexes;
}

EntryBatch OneEnvelope(int64_t payload_id, const std::string& event_id, const std::string& payload = "{}") {
  EntryBatch batch(payload_id);
  batch.Add({.event_id = event_id, .payload = payload});
  return batch;
}

// The leaf_indexes that `keys` find in a transaction that is rolled back.
std::vector<int64_t> Find(db::AppendStore& store, const std::vector<db::LookupKey>& keys) {
  const absl::StatusOr<db::OpenBatch> open = store.Begin(keys, {});
  EXPECT_TRUE(open.ok()) << open.status();
  store.Rollback();
  return open.ok() ? Indexes(open->found) : std::vector<int64_t>{-1};
}

TEST_P(AppendStoreContract, GivesIndexesFromZeroAndKeepsEveryByte) {
  const std::string bytes("\x00\xff not JSON", 11);
  EntryBatch batch(7);
  batch.Add({.event_id = "a", .payload = R"({"b":1,"a":[2]})"});
  batch.Add({.kind = EntryKind::kQuarantined, .event_id = "", .payload = bytes, .payload_error = "22021"});
  batch.Add({.kind = EntryKind::kExcluded, .event_id = "c", .payload = "{\"x\" : 1}"});
  batch.Add({.kind = EntryKind::kGovernance, .source = "affidavit", .event_id = "k", .payload = "{}"});
  ASSERT_EQ(Append(*store_, batch).value_or(-1), 0);
  ASSERT_EQ(Append(*store_, OneEnvelope(100, "z")).value_or(-1), 4);

  const std::vector<AppendStoreBackend::Row> rows = backend_->Rows();
  ASSERT_EQ(rows.size(), 5);
  for (size_t i = 0; i < batch.size(); ++i) {
    const db::NewEntry& entry = batch[i];
    EXPECT_EQ(rows[i],
              (AppendStoreBackend::Row{entry.fields.kind, entry.fields.source, entry.fields.event_id, entry.leaf,
                                       std::string(entry.payload), entry.payload_error, entry.payload_id}));
  }
}

TEST_P(AppendStoreContract, TellsWhatItFound) {
  const EntryBatch batch = OneEnvelope(7, "a", "{\"n\":1}");
  ASSERT_TRUE(Append(*store_, batch).ok());
  const absl::StatusOr<db::OpenBatch> open = store_->Begin(batch.Keys(), {});
  ASSERT_TRUE(open.ok()) << open.status();
  EXPECT_THAT(open->found,
              ElementsAre(db::FoundEntry{EntryKind::kEnvelope, "genesys", "a", Sha256("{\"n\":1}"), 0, 7}));
  EXPECT_LT(std::chrono::abs(open->database_time - SystemClock().WallNow()), std::chrono::seconds(60));
  const absl::StatusOr<db::LockedBatch> locked = store_->Integrate({}, batch.Keys());
  ASSERT_TRUE(locked.ok()) << locked.status();
  EXPECT_EQ(locked->found, open->found);
  EXPECT_EQ(locked->tree_size, 1);
}

TEST_P(AppendStoreContract, FindsByTheIdentityOfTheKind) {
  EntryBatch batch(1);
  batch.Add({.event_id = "a", .payload = "1"});                                                         // 0
  batch.Add({.kind = EntryKind::kConflict, .event_id = "a", .payload = "2"});                           // 1
  batch.Add({.kind = EntryKind::kConflict, .event_id = "b", .payload = "3"});                           // 2
  batch.Add({.kind = EntryKind::kExcluded, .event_id = "x", .payload = "4"});                           // 3
  batch.Add({.kind = EntryKind::kQuarantined, .event_id = "", .payload = "5"});                         // 4
  batch.Add({.kind = EntryKind::kGovernance, .source = "affidavit", .event_id = "a", .payload = "6"});  // 5
  batch.Add({.kind = EntryKind::kStatus, .source = "affidavit", .event_id = "a", .payload = "6"});      // 6
  ASSERT_TRUE(Append(*store_, batch).ok());
  const auto key = [](EntryKind kind, std::string_view source, std::string_view event_id, std::string_view payload) {
    return std::vector<db::LookupKey>{{kind, source, event_id, Sha256(payload)}};
  };
  using enum EntryKind;
  EXPECT_THAT(Find(*store_, key(kEnvelope, "genesys", "a", "1")), UnorderedElementsAre(0));
  EXPECT_THAT(Find(*store_, key(kEnvelope, "genesys", "a", "2")), UnorderedElementsAre(0, 1));
  EXPECT_THAT(Find(*store_, key(kEnvelope, "genesys", "a", "3")), UnorderedElementsAre(0));
  EXPECT_THAT(Find(*store_, key(kEnvelope, "genesys", "b", "3")), UnorderedElementsAre(2));
  EXPECT_THAT(Find(*store_, key(kEnvelope, "genesys", "x", "4")), IsEmpty());
  EXPECT_THAT(Find(*store_, key(kEnvelope, "other", "a", "1")), IsEmpty());
  EXPECT_THAT(Find(*store_, key(kExcluded, "genesys", "anything", "4")), UnorderedElementsAre(3));
  EXPECT_THAT(Find(*store_, key(kQuarantined, "genesys", "", "5")), UnorderedElementsAre(4));
  EXPECT_THAT(Find(*store_, key(kQuarantined, "other", "", "5")), IsEmpty());
  EXPECT_THAT(Find(*store_, key(kExcluded, "genesys", "a", "1")), IsEmpty());
  EXPECT_THAT(Find(*store_, key(kGovernance, "affidavit", "a", "any")), UnorderedElementsAre(5));
  EXPECT_THAT(Find(*store_, key(kStatus, "affidavit", "a", "any")), UnorderedElementsAre(6));
  EXPECT_THAT(Find(*store_, key(kHeartbeat, "affidavit", "a", "any")), IsEmpty());
}

TEST_P(AppendStoreContract, FindsEachEntryOnceWhateverTheKeys) {
  EntryBatch batch(1);
  batch.Add({.event_id = "a", .payload = "1"}).Add({.kind = EntryKind::kConflict, .event_id = "a", .payload = "2"});
  batch.Add({.source = "other", .event_id = "a", .payload = "1"});
  ASSERT_TRUE(Append(*store_, batch).ok());
  std::vector<db::LookupKey> keys = batch.Keys();
  keys.insert(keys.end(), keys.begin(), keys.begin() + 3);
  keys.push_back({EntryKind::kEnvelope, "genesys", "unknown", Sha256("2")});
  EXPECT_THAT(Find(*store_, keys), UnorderedElementsAre(0, 1, 2));
  EXPECT_THAT(Find(*store_, {}), IsEmpty());
}

TEST_P(AppendStoreContract, RollsBackToNothing) {
  const EntryBatch batch = OneEnvelope(1, "a");
  ASSERT_TRUE(store_->Begin(batch.Keys(), {}).ok());
  ASSERT_TRUE(store_->Integrate(batch.Entries(), batch.Keys()).ok());
  store_->Rollback();
  store_->Rollback();
  EXPECT_THAT(backend_->Rows(), IsEmpty());
  EXPECT_EQ(Append(*backend_->Connect(), batch).value_or(-1), 0) << "the lock is free again";
}

TEST_P(AppendStoreContract, SeesUnderTheLockWhatOthersAppendedMeanwhile) {
  const EntryBatch batch = OneEnvelope(1, "a");
  const absl::StatusOr<db::OpenBatch> open = store_->Begin(batch.Keys(), {});
  ASSERT_TRUE(open.ok());
  EXPECT_THAT(open->found, IsEmpty());
  EntryBatch others(50);
  others.Add({.event_id = "b"}).Add({.event_id = "a"});
  ASSERT_TRUE(Append(*backend_->Connect(), others).ok());
  const absl::StatusOr<db::LockedBatch> locked = store_->Integrate(batch.Entries(), batch.Keys());
  ASSERT_TRUE(locked.ok()) << locked.status();
  EXPECT_THAT(Indexes(locked->found), ElementsAre(1));
  EXPECT_EQ(locked->tree_size, 2);
}

TEST_P(AppendStoreContract, RefusesToStoreAnIdentityTwice) {
  ASSERT_TRUE(Append(*store_, OneEnvelope(1, "a")).ok());
  const absl::StatusOr<int64_t> again = Append(*store_, OneEnvelope(2, "a"));
  EXPECT_TRUE(absl::IsUnavailable(again.status())) << again.status();
  EXPECT_THAT(std::string(again.status().message()), HasSubstr("23505"));
  EXPECT_EQ(backend_->Rows().size(), 1);
  EXPECT_EQ(Append(*store_, OneEnvelope(3, "b")).value_or(-1), 1);
}

TEST_P(AppendStoreContract, NamesTheSqlstateOfARefusedPayloadAndGoesOn) {
  EntryBatch batch(1);
  batch.Add({.event_id = "good"}).Add({.event_id = "bad", .payload = "[1e400000]"});
  const absl::StatusOr<int64_t> refused = Append(*store_, batch);
  EXPECT_TRUE(absl::IsInvalidArgument(refused.status())) << refused.status();
  EXPECT_THAT(std::string(refused.status().message()), ::testing::StartsWith("22003: "));
  EXPECT_THAT(backend_->Rows(), IsEmpty());

  EntryBatch raw_only(3);
  raw_only.Add({.event_id = "bad", .payload = "[1e400000]", .payload_error = "22003"});
  EXPECT_EQ(Append(*store_, raw_only).value_or(-1), 0);
}

TEST_P(AppendStoreContract, CommitsNothingWhenThereIsNothing) {
  const EntryBatch batch = OneEnvelope(1, "a");
  ASSERT_TRUE(Append(*store_, batch).ok());
  for (const db::BeginOptions options : {db::BeginOptions{}, db::BeginOptions{.lock_first = true, .recommit = true}}) {
    ASSERT_TRUE(store_->Begin(batch.Keys(), options).ok());
    ASSERT_TRUE(store_->Integrate({}, batch.Keys()).ok());
    const absl::StatusOr<int64_t> held_us = store_->Commit({});
    ASSERT_TRUE(held_us.ok()) << held_us.status();
    EXPECT_GE(*held_us, 0);
  }
  EXPECT_EQ(backend_->Rows().size(), 1);
}

TEST_P(AppendStoreContract, CommitsFewerEntriesThanItIntegrated) {
  EntryBatch batch(1);
  batch.Add({.event_id = "a"}).Add({.event_id = "b"});
  ASSERT_TRUE(store_->Begin(batch.Keys(), {}).ok());
  ASSERT_TRUE(store_->Integrate(batch.Entries(), batch.Keys()).ok());
  ASSERT_TRUE(store_->Commit(std::vector<const db::NewEntry*>{&batch[1]}).ok());
  const std::vector<AppendStoreBackend::Row> rows = backend_->Rows();
  ASSERT_EQ(rows.size(), 1);
  EXPECT_EQ(rows[0].event_id, "b");
}

TEST_P(AppendStoreContract, RefusesCallsOutOfOrderAndIsIdleAfterwards) {
  const EntryBatch batch = OneEnvelope(1, "a");
  EXPECT_TRUE(absl::IsInternal(store_->Integrate(batch.Entries(), batch.Keys()).status()));
  EXPECT_TRUE(absl::IsInternal(store_->Commit(batch.Entries()).status()));
  ASSERT_TRUE(store_->Begin(batch.Keys(), {}).ok());
  EXPECT_TRUE(absl::IsInternal(store_->Commit(batch.Entries()).status()));
  ASSERT_TRUE(store_->Begin(batch.Keys(), {}).ok());
  EXPECT_TRUE(absl::IsInternal(store_->Begin(batch.Keys(), {}).status()));
  ASSERT_TRUE(store_->Begin(batch.Keys(), {}).ok());
  EXPECT_TRUE(absl::IsInternal(store_->ReservePayloadIds().status()));
  EXPECT_EQ(Append(*store_, batch).value_or(-1), 0);
}

TEST_P(AppendStoreContract, NobodyElseGetsAReservedId) {
  const std::unique_ptr<db::AppendStore> other = backend_->Connect();
  std::set<int64_t> firsts;
  for (int i = 0; i < 4; ++i) {
    const absl::StatusOr<db::AppendStore::IdBlock> block = (i % 2 == 0 ? *store_ : *other).ReservePayloadIds();
    ASSERT_TRUE(block.ok()) << block.status();
    EXPECT_GE(block->first, 1);
    for (const int64_t first : firsts) {
      EXPECT_GE(std::abs(first - block->first), block->count);
    }
    EXPECT_TRUE(firsts.insert(block->first).second);
  }
}

TEST_P(AppendStoreContract, WaitsForTheLockALimitedTime) {
  const EntryBatch batch = OneEnvelope(1, "a");
  ASSERT_TRUE(store_->Begin(batch.Keys(), {.lock_first = true}).ok());
  const std::unique_ptr<db::AppendStore> other = backend_->Connect();
  const EntryBatch others = OneEnvelope(10, "b");
  const absl::StatusOr<int64_t> waited = Append(*other, others);
  EXPECT_TRUE(absl::IsUnavailable(waited.status())) << waited.status();
  EXPECT_TRUE(absl::IsUnavailable(other->Begin(others.Keys(), {.lock_first = true}).status()));
  store_->Rollback();
  EXPECT_EQ(Append(*other, others, {.lock_first = true}).value_or(-1), 0);
}

TEST_P(AppendStoreContract, WithTheLockFirstTheFirstLookUpIsFinal) {
  const EntryBatch batch = OneEnvelope(1, "a");
  ASSERT_TRUE(store_->Begin(batch.Keys(), {}).ok());
  ASSERT_TRUE(store_->Integrate(batch.Entries(), batch.Keys()).ok());
  std::thread other([&] {
    const std::unique_ptr<db::AppendStore> store = backend_->Connect();
    const absl::StatusOr<db::OpenBatch> open = store->Begin(batch.Keys(), {.lock_first = true});  // waits
    ASSERT_TRUE(open.ok()) << open.status();
    EXPECT_THAT(Indexes(open->found), ElementsAre(0));
  });
  EXPECT_TRUE(store_->Commit(batch.Entries()).ok());
  other.join();
}

TEST_P(AppendStoreContract, KeepsIndexesGaplessUnderConcurrency) {
  constexpr int kStores = 3;
  constexpr int kBatches = 20;
  std::atomic<int> committed{0};
  std::vector<std::thread> threads;
  for (int s = 0; s < kStores; ++s) {
    threads.emplace_back([&, s] {
      const std::unique_ptr<db::AppendStore> store = backend_->Connect();
      for (int b = 0; b < kBatches;) {
        EntryBatch batch(1'000'000 * (s + 1) + 10 * b);
        for (int i = 0; i < 3; ++i) {
          batch.Add({.event_id = absl::StrCat(s, ".", b, ".", i)});
        }
        const absl::StatusOr<int64_t> first = Append(*store, batch);
        ASSERT_TRUE(first.ok() || absl::IsUnavailable(first.status())) << first.status();
        if (first.ok()) {  // otherwise the lock came too late: again
          committed += static_cast<int>(batch.size());
          ++b;
        }
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(committed, kStores * kBatches * 3);
  EXPECT_EQ(backend_->Rows().size(), kStores * kBatches * 3);
}

}  // namespace
}  // namespace affidavit::testing
