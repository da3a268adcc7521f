#include "core/merkle/tile_edge.h"

#include <algorithm>
#include <random>
#include <string>

#include "core/merkle/hash.h"
#include "gtest/gtest.h"
#include "tests/unit/core/merkle/reference_tree.h"

namespace affidavit {
namespace {

constexpr uint64_t kSize = 70'000;  // past 256 * 256: three levels

// The nodes that tiles hold, level by level, as the RFC makes them: row 0 are the leaves, each further row stands eight
// levels of the tree above the one before.
const std::vector<std::vector<Digest>>& Rows() {
  static const auto* rows = [] {
    auto* made = new std::vector<std::vector<Digest>>(1);
    ReferenceTree reference = ReferenceTree::Dense(kSize);
    for (uint64_t width = 1; width <= kSize; width *= kTileWidth) {
      std::vector<Digest>& row = width == 1 ? made->front() : made->emplace_back();
      for (uint64_t index = 0; (index + 1) * width <= kSize; ++index) {
        row.push_back(reference.Mth(index * width, (index + 1) * width));
      }
    }
    return made;
  }();
  return *rows;
}

TileMap EdgeTiles(uint64_t size) {
  TileMap tiles;
  for (const TileId& tile : TileEdge::TilesOf(size)) {
    const auto begin = Rows()[tile.level].begin() + static_cast<std::ptrdiff_t>(tile.index * kTileWidth);
    tiles[tile] = std::vector<Digest>(begin, begin + tile.width);
  }
  return tiles;
}

void ExpectReference(const TileId& tile, std::span<const Digest> hashes, const Digest& root) {
  ASSERT_EQ(hashes.size(), kTileWidth);
  for (size_t i = 0; i < kTileWidth; ++i) {
    ASSERT_EQ(hashes[i], Rows()[tile.level][tile.index * kTileWidth + i]) << tile.level << '/' << tile.index;
  }
  ASSERT_EQ(root, Rows()[tile.level + 1][tile.index]) << tile.level << '/' << tile.index;
}

// All small sizes, all within two of where a tile becomes full, and a few others.
bool IsSampled(uint64_t size, std::mt19937_64& random) {
  const uint64_t past_full = size % kTileWidth;
  return size < 3 * kTileWidth || past_full < 2 || past_full > kTileWidth - 2 || random() % 1'000 == 0;
}

TEST(TileEdgeTest, CutsTheReferencesTilesAndKeepsItsPartialOnesForEverySize) {
  std::mt19937_64 random(1);
  TileEdge edge;
  std::vector<TileId> full;
  for (uint64_t size = 0; size <= kSize; ++size) {
    ASSERT_EQ(edge.size(), size);
    if (IsSampled(size, random)) {
      ASSERT_EQ(edge, TileEdge::FromTiles(size, EdgeTiles(size)).value()) << size;
    }
    if (size == kSize) {
      break;
    }
    edge.Append(Rows()[0][size], [&](const TileId& tile, std::span<const Digest> hashes, const Digest& root) {
      ExpectReference(tile, hashes, root);
      full.push_back(tile);
    });
  }
  uint64_t full_count = 0;
  for (const TileRow& row : TileRows(kSize)) {
    full_count += row.full_count;
  }
  EXPECT_EQ(full.size(), full_count);
  EXPECT_EQ(full.front(), (TileId{0, 0, kTileWidth}));
  EXPECT_EQ(std::count(full.begin(), full.end(), TileId{1, 0, kTileWidth}), 1);
}

TEST(TileEdgeTest, VisitsLowerLevelsFirst) {
  TileEdge edge = TileEdge::FromTiles(65'535, EdgeTiles(65'535)).value();
  std::vector<TileId> full;
  edge.Append(Rows()[0][65'535],
              [&](const TileId& tile, std::span<const Digest>, const Digest&) { full.push_back(tile); });
  EXPECT_EQ(full, (std::vector<TileId>{{0, 255, kTileWidth}, {1, 0, kTileWidth}}));
  EXPECT_EQ(TileEdge::TilesOf(65'536), (std::vector<TileId>{{2, 0, 1}}));
}

TEST(TileEdgeTest, RefusesTilesThatAreMissingOrOfAnotherWidth) {
  constexpr uint64_t kEdgeSize = 65'536 + 3 * 256 + 7;
  const TileMap tiles = EdgeTiles(kEdgeSize);
  ASSERT_EQ(tiles.size(), 3);
  for (const auto& [tile, hashes] : tiles) {
    TileMap without = tiles;
    without.erase(tile);
    EXPECT_TRUE(absl::IsInvalidArgument(TileEdge::FromTiles(kEdgeSize, without).status()));
    for (const size_t width : {hashes.size() - 1, hashes.size() + 1}) {
      TileMap other = tiles;
      other[tile].resize(width);
      EXPECT_TRUE(absl::IsInvalidArgument(TileEdge::FromTiles(kEdgeSize, other).status()));
    }
  }
}

TEST(TileEdgeTest, CountsFromTheFarEndOfWhatAnIndexCanName) {
  // 255 hashes on each of eight levels but 254 at the bottom.
  constexpr uint64_t kEdgeSize = ~uint64_t{0} - 1;
  TileMap tiles;
  for (const TileId& tile : TileEdge::TilesOf(kEdgeSize)) {
    tiles[tile].resize(tile.width);
  }
  TileEdge edge = TileEdge::FromTiles(kEdgeSize, tiles).value();
  int full_count = 0;
  edge.Append(Digest{}, [&](const TileId&, std::span<const Digest>, const Digest&) { ++full_count; });
  EXPECT_EQ(full_count, 0);
  EXPECT_EQ(edge.size(), ~uint64_t{0});
}

}  // namespace
}  // namespace affidavit
