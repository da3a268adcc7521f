#include "services/ledger/evidence/tile_cache.h"

#include <gtest/gtest.h>

namespace affidavit::ledger {
namespace {

TileMap Tile(uint64_t index, uint32_t width = kTileWidth) {
  return {{TileId{0, index, width}, std::vector<Digest>(width, Digest{static_cast<uint8_t>(index)})}};
}

// Finds it, with its own hashes.
bool Has(TileCache& cache, uint64_t index, uint32_t width = kTileWidth) {
  const TileId tile{0, index, width};
  return cache.Find({&tile, 1}) == Tile(index, width);
}

TEST(TileCacheTest, APartialTileIsNotItsWiderSelf) {
  TileCache cache(4);
  cache.Add(Tile(1));
  cache.Add(Tile(2, 255));
  EXPECT_TRUE(Has(cache, 1));
  EXPECT_TRUE(Has(cache, 2, 255));
  EXPECT_FALSE(Has(cache, 2, 254));
  EXPECT_FALSE(Has(cache, 2));
}

TEST(TileCacheTest, TheLeastRecentlyUsedMakesRoom) {
  TileCache cache(2);
  cache.Add(Tile(1));
  cache.Add(Tile(2));
  EXPECT_TRUE(Has(cache, 1));
  cache.Add(Tile(3));
  EXPECT_TRUE(Has(cache, 1));
  EXPECT_FALSE(Has(cache, 2));
  EXPECT_TRUE(Has(cache, 3));
  cache.Clear();
  EXPECT_FALSE(Has(cache, 3));
}

}  // namespace
}  // namespace affidavit::ledger
