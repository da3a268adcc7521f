// What lies below log/ is a tlog-tiles log that can be checked with nothing else.
#include "services/mirror/log_mirror.h"

#include <utility>

#include "core/checkpoint/checkpoint.h"
#include "core/merkle/compact_range.h"
#include "core/merkle/entry_bundle.h"
#include "core/merkle/hash.h"
#include "core/merkle/tile_path.h"
#include "tests/integration/mirror/mirror_fixture.h"

namespace affidavit::mirror {
namespace {

using testing::MemoryObjectStore;
using testing::StoreStep;

class LogMirrorTest : public ::testing::Test {
 protected:
  LogMirrorTest() { Restart(); }

  void Restart() {
    lock_.Release();
    mirror_ = std::make_unique<LogMirror>(&options_, &lock_, &store_,
                                          [this] { return lock_.Check(std::chrono::seconds(1)); });
  }

  absl::StatusOr<bool> Step() {
    while (!lock_.Acquire().value_or(false)) {
    }
    return mirror_->Step();
  }

  void Grow(int64_t size) {
    log_.AppendEnvelopes(static_cast<int>(size - log_.Progress().tree_size));
    log_.Publish();
  }

  std::string Body(const std::string& key) const {
    const auto versions = store_.Versions(key);
    return versions.empty() ? "" : versions.back().body;
  }

  // Reads the log as a stranger would: from its checkpoint down to every leaf.
  void ExpectReadable(uint64_t size, const std::string& prefix = "log/") const {
    const absl::StatusOr<Note> note = ParseNote(Body(prefix + "checkpoint"));
    ASSERT_TRUE(note.ok()) << note.status();
    const Checkpoint checkpoint = *ParseCheckpoint(note->text);
    ASSERT_EQ(checkpoint.tree_size, size);
    CompactRange range;
    TileMap tiles;
    for (const TileRow& row : TileRows(size)) {
      for (uint64_t index = 0; index < row.full_count + (row.partial_width > 0 ? 1 : 0); ++index) {
        const TileId tile{row.level, index, TileWidth(row.level, index, size)};
        const auto hashes = ParseTile(tile, Body(prefix + TilePath(tile)));
        ASSERT_TRUE(hashes.ok()) << TilePath(tile) << hashes.status();
        tiles[tile] = *hashes;
        if (row.level > 0) {
          continue;
        }
        const std::string bundle = Body(prefix + EntryBundlePath({tile.index, tile.width}));
        const auto leaves = ParseEntryBundle(bundle, tile.width);
        ASSERT_TRUE(leaves.ok()) << leaves.status();
        for (size_t i = 0; i < leaves->size(); ++i) {
          ASSERT_EQ(LeafHash((*leaves)[i]), (*hashes)[i]);
        }
      }
    }
    const std::vector<NodeId> nodes = CoverRange(0, size);
    const auto hashes = HashesFromTiles(nodes, size, tiles);
    ASSERT_TRUE(hashes.ok()) << hashes.status();
    EXPECT_EQ(CompactRange::FromHashes(0, size, *hashes)->Root().value(), checkpoint.root_hash);
  }

  // Full tiles, bundles and kept checkpoints are locked and there once; the rest is not locked.
  void ExpectLocksAsTheyShouldBe() const {
    for (const std::string& key : store_.Keys("log/")) {
      const bool is_replaced = key == "log/checkpoint" || key.find(".p/") != std::string::npos;
      for (const auto& version : store_.Versions(key)) {
        EXPECT_EQ(version.info.retain_until.has_value(), !is_replaced) << key;
      }
      EXPECT_TRUE(is_replaced || store_.Versions(key).size() == 1) << key;
    }
  }

  MirroredLog log_;
  MemoryObjectStore store_;
  MirrorOptions options_;
  db::SessionLock lock_{{.url = log_.url()}, "affidavit.mirror_log"};
  std::unique_ptr<LogMirror> mirror_;
};

TEST_F(LogMirrorTest, EachSizeIsReadableAndLockedAsItShouldBe) {
  EXPECT_FALSE(*Step()) << "nothing is signed";
  for (const int64_t size : {1, 255, 256, 257, 600}) {
    Grow(size);
    const absl::StatusOr<bool> written = Step();
    ASSERT_TRUE(written.ok()) << written.status();
    EXPECT_TRUE(*written);
    ExpectReadable(static_cast<uint64_t>(size));
    ExpectLocksAsTheyShouldBe();
    EXPECT_FALSE(*Step()) << "nothing is new";
  }
  EXPECT_EQ(store_.Keys("log/checkpoints/"), std::vector<std::string>{"log/checkpoints/1"}) << "one an hour";
}

TEST_F(LogMirrorTest, EveryFaultIsOverWithTheNextStep) {
  int64_t size = 0;
  for (const auto& [step, is_done] : {std::pair{StoreStep::kPut, false},
                                      {StoreStep::kPut, true},
                                      {StoreStep::kHead, false},
                                      {StoreStep::kGet, false}}) {
    for (const int times : {1, 3, 6}) {
      Grow(size += 130);
      // A step ends at its first failure, and the next one begins with that request: so each is hit in turn.
      store_.Arm({step, is_done, absl::StatusCode::kUnavailable, times, ""});
      for (int i = 0; i < 10 && !Step().value_or(false); ++i) {
        Restart();
      }
      store_.Disarm();
      ExpectReadable(static_cast<uint64_t>(size));
    }
  }
  ExpectLocksAsTheyShouldBe();
}

TEST_F(LogMirrorTest, CheckpointsAreKeptAtTheirInterval) {
  options_.kept_checkpoint_interval = std::chrono::milliseconds(0);
  Restart();
  Grow(3);
  ASSERT_TRUE(*Step());
  Grow(5);
  ASSERT_TRUE(*Step());
  EXPECT_EQ(store_.Keys("log/checkpoints/"), (std::vector<std::string>{"log/checkpoints/3", "log/checkpoints/5"}));
  EXPECT_EQ(Body("log/checkpoints/5"), Body("log/checkpoint"));
}

TEST_F(LogMirrorTest, ASmallerCheckpointReplacesNoLargerOne) {
  Grow(300);
  ASSERT_TRUE(*Step());
  const std::string larger = Body("log/checkpoint");
  // Another database that calls itself the same log, and knows nothing of what the store has.
  MirroredLog restored;
  restored.AppendEnvelopes(200);
  restored.Publish();
  db::SessionLock lock({.url = restored.url()}, "affidavit.mirror_log");
  ASSERT_TRUE(*lock.Acquire());
  LogMirror mirror(&options_, &lock, &store_, [] { return absl::OkStatus(); });
  EXPECT_TRUE(absl::IsFailedPrecondition(mirror.Step().status()));
  EXPECT_EQ(Body("log/checkpoint"), larger);
  // Nor does a full tile replace another one.
  restored.AppendEnvelopes(150);
  restored.Publish();
  EXPECT_TRUE(absl::IsAlreadyExists(mirror.Step().status()));
  EXPECT_EQ(Body("log/checkpoint"), larger);
  ExpectReadable(300);
}

TEST_F(LogMirrorTest, ANewIncarnationHasAFolderOfItsOwn) {
  Grow(300);
  ASSERT_TRUE(*Step());
  log_.Publish("example.com/log/2");
  ASSERT_TRUE(*Step());
  ExpectReadable(300, "log/");
  ExpectReadable(300, "log-2/");
}

TEST_F(LogMirrorTest, LocksLastAsLongAsAnyEntrys) {
  Grow(300);
  ASSERT_TRUE(*Step());
  const TimePoint late = *ParseRfc3339("2044-03-01T00:00:00Z");
  ASSERT_TRUE(log_.Transact([late](db::Transaction& transaction) {
                    db::RaiseMirroredRetention(transaction, late);
                    return absl::OkStatus();
                  })
                  .ok());
  store_.Arm({StoreStep::kExtend, true, absl::StatusCode::kUnavailable, 1, ""});
  EXPECT_FALSE(Step().ok());
  ASSERT_TRUE(Step().ok());
  for (const std::string key : {"log/tile/0/000", "log/tile/entries/000", "log/checkpoints/300"}) {
    EXPECT_EQ(store_.Versions(key)[0].info.retain_until, ParseRfc3339("2045-01-01T00:00:00Z")) << key;
  }
  const int calls = store_.CallCount(StoreStep::kExtend);
  ASSERT_TRUE(Step().ok());
  EXPECT_EQ(store_.CallCount(StoreStep::kExtend), calls);
}

TEST_F(LogMirrorTest, AWriteOnlyRoleManages) {
  store_.set_traits({.may_read = false});
  options_.verify_existing = false;
  Restart();
  Grow(300);
  ASSERT_TRUE(*Step());
  ExpectReadable(300);
  EXPECT_EQ(store_.CallCount(StoreStep::kHead) + store_.CallCount(StoreStep::kGet), 0);
}

TEST(LogRetainUntil, IsTheNextFirstOfJanuary) {
  EXPECT_EQ(LogRetainUntil(*ParseRfc3339("2033-11-24T12:00:00Z")), ParseRfc3339("2034-01-01T00:00:00Z"));
  EXPECT_EQ(LogRetainUntil(*ParseRfc3339("2033-01-01T00:00:00Z")), ParseRfc3339("2034-01-01T00:00:00Z"));
  const TimePoint last = *ParseRfc3339("9999-06-01T00:00:00Z");
  EXPECT_EQ(LogRetainUntil(last), last);
}

}  // namespace
}  // namespace affidavit::mirror
