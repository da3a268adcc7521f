// Proofs out of Postgres, checked by the verifiers that know nothing of it, over logs of up to three tile levels.
#include <algorithm>
#include <functional>
#include <random>
#include <string>

#include "core/base/status_macros.h"
#include "core/merkle/hash.h"
#include "core/merkle/tile_edge.h"
#include "core/merkle/verify.h"
#include "db/connection.h"
#include "db/log_store.h"
#include "db/transaction.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/reference_tiles.h"
#include "tests/support/test_database.h"

namespace affidavit::testing {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kSize = 66'600;

class LogTilesTest : public ::testing::Test {
 protected:
  // One log for all: it is only read.
  static void SetUpTestSuite() {
    database_ = new TestDatabase();
    WriteLog(*database_, kSize);
    leaves_ = new std::vector<Digest>(ReadLeafHashes(*database_));
    roots_ = new std::vector<Digest>();
    CompactRange range;
    for (int64_t size = 0; size <= kSize; ++size) {
      roots_->push_back(range.Root().value());
      if (size < kSize) {
        range.Append((*leaves_)[size]);
      }
    }
  }
  static void TearDownTestSuite() {
    delete database_;
    delete leaves_;
    delete roots_;
  }

  // Sizes and indexes that are near where a tile becomes full as often as not.
  uint64_t Pick(uint64_t below) {
    const uint64_t anywhere = random_() % below;
    constexpr uint64_t kNear = 3;
    const uint64_t tile = anywhere / kTileWidth * kTileWidth + random_() % kNear;
    return random_() % 2 == 0 && tile < below ? tile : anywhere;
  }

  static absl::Status Transact(const std::function<absl::Status(db::Transaction&)>& body) {
    ASSIGN_OR_RETURN(const auto connection, db::Connection::Open({.url = database_->url(Role::kReader)}));
    return connection->Transact(body);
  }

  // Rows of entries and tiles that `transaction` has read so far.
  static int64_t RowsRead(db::Transaction& transaction) {
    return transaction
        .exec1(
            "SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::bigint "
            "FROM pg_stat_xact_user_tables WHERE schemaname = 'affidavit' AND relname IN ('entries', 'tiles')")[0]
        .as<int64_t>();
  }

  static TestDatabase* database_;
  static std::vector<Digest>* leaves_;
  static std::vector<Digest>* roots_;  // by tree size
  std::mt19937_64 random_{5};
};

TestDatabase* LogTilesTest::database_ = nullptr;
std::vector<Digest>* LogTilesTest::leaves_ = nullptr;
std::vector<Digest>* LogTilesTest::roots_ = nullptr;

TEST_F(LogTilesTest, RootsAreThoseOfTheLeaves) {
  const absl::Status status = Transact([this](db::Transaction& transaction) -> absl::Status {
    std::vector<uint64_t> sizes = {0, 1, 2, 255, 256, 257, 65'535, 65'536, 65'537, kSize};
    for (int i = 0; i < 100; ++i) {
      sizes.push_back(Pick(kSize + 1));
    }
    for (const uint64_t size : sizes) {
      ASSIGN_OR_RETURN(const Digest root, db::ReadRoot(transaction, size));
      EXPECT_EQ(root, (*roots_)[size]) << size;
    }
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(LogTilesTest, InclusionProofsVerify) {
  const absl::Status status = Transact([this](db::Transaction& transaction) -> absl::Status {
    for (int i = 0; i < 400; ++i) {
      const uint64_t size = i < 40 ? kSize : Pick(kSize) + 1;
      const uint64_t index = Pick(size);
      ASSIGN_OR_RETURN(const ProofPlan plan, PlanInclusion(index, size));
      ASSIGN_OR_RETURN(const std::vector<Digest> proof, db::ReadProof(transaction, plan, size));
      const absl::Status verified = VerifyInclusion(index, size, (*leaves_)[index], proof, (*roots_)[size]);
      EXPECT_TRUE(verified.ok()) << index << " in " << size << ": " << verified;
    }
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(LogTilesTest, ConsistencyProofsVerify) {
  const absl::Status status = Transact([this](db::Transaction& transaction) -> absl::Status {
    for (int i = 0; i < 400; ++i) {
      const uint64_t size2 = i < 40 ? kSize : Pick(kSize) + 1;
      const uint64_t size1 = Pick(size2) + 1;
      ASSIGN_OR_RETURN(const ProofPlan plan, PlanConsistency(size1, size2));
      ASSIGN_OR_RETURN(const std::vector<Digest> proof, db::ReadProof(transaction, plan, size2));
      const absl::Status verified = VerifyConsistency(size1, size2, (*roots_)[size1], (*roots_)[size2], proof);
      EXPECT_TRUE(verified.ok()) << size1 << " to " << size2 << ": " << verified;
    }
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(LogTilesTest, AProofTouchesAFewTilesHoweverLargeTheLog) {
  const absl::Status status = Transact([this](db::Transaction& transaction) -> absl::Status {
    transaction.exec("SET LOCAL enable_seqscan = off");
    for (int i = 0; i < 200; ++i) {
      const uint64_t size = i < 100 ? kSize : Pick(kSize) + 1;
      ASSIGN_OR_RETURN(const ProofPlan plan, PlanInclusion(Pick(size), size));
      ASSIGN_OR_RETURN(const std::vector<TileId> tiles, PlanTiles(plan.nodes, size));
      // On each of the levels the tile above the leaf and the one at the right edge.
      const size_t level_count = TileRows(size).size();
      EXPECT_LE(tiles.size(), 2 * level_count) << size;
      int64_t rows_expected = 0;  // a full tile is one row, a partial one a row a hash
      for (const TileId& tile : tiles) {
        rows_expected += tile.width == kTileWidth ? 1 : tile.width;
      }
      const int64_t rows_before = RowsRead(transaction);
      RETURN_IF_ERROR(db::ReadProof(transaction, plan, size).status());
      EXPECT_LE(RowsRead(transaction) - rows_before, rows_expected) << size;
    }
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(LogTilesTest, ReadsTilesOfManySizesAtOnceAndEachOnce) {
  const std::vector<TileId> tiles = {{0, 0, 256}, {1, 0, 7},   {0, 260, 3},  {0, 1, 256},
                                     {0, 0, 256}, {1, 0, 256}, {0, 260, 10}, {2, 0, 1}};
  const absl::Status status = Transact([&tiles](db::Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(const TileMap found, db::ReadTiles(transaction, tiles));
    EXPECT_EQ(found.size(), tiles.size() - 1);
    const ReferenceTiles reference = MakeReferenceTiles(*leaves_);
    EXPECT_EQ(found.at({1, 0, 256}), reference.at({1, 0}).hashes);
    EXPECT_EQ(found.at({2, 0, 1}), std::vector<Digest>{reference.at({1, 0}).root});
    EXPECT_EQ(found.at({0, 260, 3})[2], (*leaves_)[260 * 256 + 2]);
    ASSIGN_OR_RETURN(const TileMap none, db::ReadTiles(transaction, {}));
    EXPECT_TRUE(none.empty());
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(LogTilesTest, TheEdgeIsWhatAnAppendGoesOnFrom) {
  const absl::Status status = Transact([](db::Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(const TileMap tiles, db::ReadTiles(transaction, TileEdge::TilesOf(kSize)));
    ASSIGN_OR_RETURN(const TileEdge edge, TileEdge::FromTiles(kSize, tiles));
    TileEdge expected;
    for (const Digest& leaf : *leaves_) {
      expected.Append(leaf, [](const TileId&, std::span<const Digest>, const Digest&) {});
    }
    EXPECT_EQ(edge, expected);
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(LogTilesTest, NamesWhatIsMissing) {
  for (const TileId& tile : {TileId{0, 300, 256}, TileId{0, 260, 200}, TileId{1, 1, 255}, TileId{2, 0, 2}}) {
    const absl::Status status = Transact([&tile](db::Transaction& transaction) {
      return db::ReadTiles(transaction, std::vector<TileId>{{0, 0, 256}, tile}).status();
    });
    EXPECT_TRUE(absl::IsDataLoss(status)) << status;
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("tile " + std::to_string(tile.index) + " of level " + std::to_string(tile.level)));
  }
}

TEST_F(LogTilesTest, RefusesNodesThatTheTreeDoesNotHave) {
  const absl::Status status = Transact([](db::Transaction& transaction) {
    return db::ReadNodes(transaction, std::vector<NodeId>{{1, 5}}, 11).status();
  });
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
}

}  // namespace
}  // namespace affidavit::testing
