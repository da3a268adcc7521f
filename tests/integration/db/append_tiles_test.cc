// The tree that appends leave behind: whatever the batches, whoever appends, whatever fails on the way, the tiles are
// those of the entries.
#include <array>
#include <random>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "db/postgres_append_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/new_entries.h"
#include "tests/support/reference_tiles.h"
#include "tests/support/socket_gate.h"
#include "tests/support/test_database.h"

namespace affidavit::testing {
namespace {

using ::testing::HasSubstr;

class AppendTilesTest : public ::testing::Test {
 protected:
  using Store = std::unique_ptr<db::AppendStore>;
  using Edge = std::shared_ptr<db::LogEdge>;

  Store Connect(const Edge& edge) const { return db::MakePostgresAppendStore(OptionsOf(url_), edge); }
  static db::ConnectionOptions OptionsOf(const std::string& url) { return {.url = url}; }

  // Of entries that no other batch has.
  std::unique_ptr<EntryBatch> Batch(int count) {
    auto batch = std::make_unique<EntryBatch>(next_payload_id_);
    for (int i = 0; i < count; ++i) {
      batch->Add({.event_id = absl::StrCat("e", next_payload_id_++)});
    }
    return batch;
  }

  void ExpectAppended(db::AppendStore& store, int count) {
    const absl::StatusOr<int64_t> appended = Append(store, *Batch(count));
    ASSERT_TRUE(appended.ok()) << appended.status();
  }

  std::string EntryCount() const { return database_.Exec("SELECT count(*) FROM affidavit.entries"); }

  void ExpectNothingAppendedAfter(const std::string& damage) {
    WriteLog(database_, 256 + 10);
    database_.Exec(absl::StrCat("BEGIN; ALTER TABLE affidavit.entries DISABLE TRIGGER append_only; ",
                                "ALTER TABLE affidavit.tiles DISABLE TRIGGER append_only; ", damage, "; COMMIT"));
    const std::string count = EntryCount();
    const Store store = Connect(std::make_shared<db::LogEdge>());
    const absl::Status status = Append(*store, *Batch(3)).status();
    EXPECT_TRUE(absl::IsInternal(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("affidavit fsck"));
    EXPECT_TRUE(store->ReservePayloadIds().ok()) << "idle again";
    EXPECT_EQ(EntryCount(), count);
  }

  TestDatabase database_;
  const std::string url_ = database_.url(Role::kLedger);
  int64_t next_payload_id_ = 1;
};

TEST_F(AppendTilesTest, AreThoseOfTheEntriesWhateverTheBatchesAndWhoAppends) {
  const Edge edge = std::make_shared<db::LogEdge>();
  const std::array<Store, 3> stores = {Connect(edge), Connect(edge), Connect(std::make_shared<db::LogEdge>())};
  std::mt19937 random(3);
  constexpr std::array<int, 10> kCounts = {1, 2, 3, 100, 254, 255, 256, 257, 513, 700};
  for (const int count : kCounts) {
    ExpectAppended(*stores[random() % stores.size()], count);
    ExpectAppended(*stores[random() % stores.size()], static_cast<int>(1 + random() % 300));
  }
  ExpectTilesOfEntries(database_);
}

TEST_F(AppendTilesTest, LanesOfOneProcessReadNothingOfTheTree) {
  const Edge edge = std::make_shared<db::LogEdge>();
  const std::array<Store, 2> lanes = {Connect(edge), Connect(edge)};
  ASSERT_TRUE(lanes[0]->ReservePayloadIds().ok() && lanes[1]->ReservePayloadIds().ok());  // both are connected now
  for (int i = 0; i < 10; ++i) {
    ExpectAppended(*lanes[i % 2], 100);
  }
  EXPECT_EQ(edge->miss_count(), 0);
  ExpectAppended(*Connect(std::make_shared<db::LogEdge>()), 100);
  ExpectAppended(*lanes[0], 100);
  ExpectAppended(*lanes[1], 100);
  EXPECT_EQ(edge->miss_count(), 1) << "after another process's append, once";
  ExpectTilesOfEntries(database_);
}

TEST_F(AppendTilesTest, AreThoseOfTheEntriesWhenAllAppendAtOnce) {
  const Edge edge = std::make_shared<db::LogEdge>();
  const std::array<Store, 3> stores = {Connect(edge), Connect(edge), Connect(std::make_shared<db::LogEdge>())};
  std::array<std::vector<std::unique_ptr<EntryBatch>>, 3> batches;
  std::mt19937 random(4);
  for (auto& of_store : batches) {
    for (int i = 0; i < 12; ++i) {
      of_store.push_back(Batch(static_cast<int>(1 + random() % 200)));
    }
  }
  std::vector<std::thread> threads;
  for (size_t i = 0; i < stores.size(); ++i) {
    threads.emplace_back([&stores, &batches, i] {
      for (const auto& batch : batches[i]) {
        const absl::StatusOr<int64_t> appended = Append(*stores[i], *batch);
        EXPECT_TRUE(appended.ok()) << appended.status();
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  ExpectTilesOfEntries(database_);
}

TEST_F(AppendTilesTest, FillTheSecondLevelToo) {
  WriteLog(database_, 65'536 - 300);
  const Edge edge = std::make_shared<db::LogEdge>();
  const Store store = Connect(edge);
  ExpectAppended(*store, 299);
  EXPECT_EQ(edge->miss_count(), 1) << "read from the database, on two levels";
  EXPECT_EQ(database_.Exec("SELECT count(*) FROM affidavit.tiles WHERE level > 0"), "0");
  ExpectAppended(*Connect(std::make_shared<db::LogEdge>()), 2);
  EXPECT_EQ(database_.Exec("SELECT count(*) FROM affidavit.tiles WHERE level > 0"), "1");
  ExpectAppended(*store, 600);
  ExpectTilesOfEntries(database_);
}

TEST_F(AppendTilesTest, CommitsOfUnknownOutcomeLeaveTheTreeRight) {
  for (const SocketGate::AtCommit what : {SocketGate::AtCommit::kCutBefore, SocketGate::AtCommit::kCutAfter}) {
    const Edge edge = std::make_shared<db::LogEdge>();
    SocketGate gate(url_);
    const Store cut = db::MakePostgresAppendStore(OptionsOf(gate.url()), edge);
    const Store other_lane = Connect(edge);
    ExpectAppended(*cut, 200);
    const auto batch = Batch(300);
    gate.SetAtCommit(what);
    EXPECT_TRUE(absl::IsDataLoss(Append(*cut, *batch).status()));
    ExpectAppended(*other_lane, 100);
    const absl::StatusOr<db::OpenBatch> again = cut->Begin(batch->Keys(), {.lock_first = true, .recommit = true});
    ASSERT_TRUE(again.ok()) << again.status();
    const std::vector<const db::NewEntry*> rest =
        again->found.empty() ? batch->Entries() : std::vector<const db::NewEntry*>();
    EXPECT_EQ(rest.empty(), what == SocketGate::AtCommit::kCutAfter);
    ASSERT_TRUE(cut->Integrate(rest, batch->Keys()).ok());
    ASSERT_TRUE(cut->Commit(rest).ok());
    ExpectAppended(*other_lane, 100);
    ExpectTilesOfEntries(database_);
  }
}

TEST_F(AppendTilesTest, ARefusedBatchThatIsRunAgainInPartsOnTopOfOthersLeavesTheTreeRight) {
  const Edge edge = std::make_shared<db::LogEdge>();
  const Store store = Connect(edge);
  const Store other_lane = Connect(edge);
  ExpectAppended(*store, 200);
  const auto batch = Batch(256);
  std::vector<const db::NewEntry*> entries = batch->Entries();
  db::NewEntry refused = *entries.front();
  refused.leaf.clear();  // the column's CHECK
  entries.front() = &refused;
  ASSERT_TRUE(store->Begin({}, {}).ok());
  ASSERT_TRUE(store->Integrate(entries, {}).ok());
  const absl::Status status = store->Commit(entries).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  // One other in the place of the one that is left out: same size, same last payload id, another tree.
  ExpectAppended(*other_lane, 1);
  entries.erase(entries.begin());
  ASSERT_TRUE(store->Begin({}, {}).ok());
  ASSERT_TRUE(store->Integrate(entries, {}).ok());
  ASSERT_TRUE(store->Commit(entries).ok());
  ExpectAppended(*other_lane, 256);
  ExpectTilesOfEntries(database_);
}

TEST_F(AppendTilesTest, NothingIsAppendedToALogThatLacksALeafOfItsEdge) {
  ExpectNothingAppendedAfter("DELETE FROM affidavit.entries WHERE leaf_index = 260");
}

TEST_F(AppendTilesTest, NothingIsAppendedToALogThatLacksATileOfItsEdge) {
  ExpectNothingAppendedAfter("DELETE FROM affidavit.tiles");
}

}  // namespace
}  // namespace affidavit::testing
