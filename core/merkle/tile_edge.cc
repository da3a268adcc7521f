#include "core/merkle/tile_edge.h"

#include "absl/strings/str_cat.h"

namespace affidavit {

std::vector<TileId> TileEdge::TilesOf(uint64_t size) {
  std::vector<TileId> tiles;
  for (const TileRow& row : TileRows(size)) {
    if (row.partial_width > 0) {
      tiles.push_back({row.level, row.full_count, row.partial_width});
    }
  }
  return tiles;
}

absl::StatusOr<TileEdge> TileEdge::FromTiles(uint64_t size, const TileMap& tiles) {
  TileEdge edge;
  edge.size_ = size;
  edge.levels_.resize(TileRows(size).size());
  for (const TileId& tile : TilesOf(size)) {
    const auto found = tiles.find(tile);
    if (found == tiles.end() || found->second.size() != tile.width) {
      return absl::InvalidArgumentError(absl::StrCat("the edge of a tree of size ", size, " needs the ", tile.width,
                                                     " hashes of tile ", tile.index, " of level ", tile.level));
    }
    edge.levels_[tile.level] = found->second;
  }
  return edge;
}

void TileEdge::Append(const Digest& leaf_hash, const TileVisitor& visit) {
  ++size_;
  Digest hash = leaf_hash;
  uint64_t count = size_;  // of the hashes on the level, `hash` included
  for (uint32_t level = 0;; ++level, count /= kTileWidth) {
    if (level == levels_.size()) {
      levels_.emplace_back().reserve(kTileWidth);
    }
    std::vector<Digest>& hashes = levels_[level];
    hashes.push_back(hash);
    if (hashes.size() < kTileWidth) {
      return;
    }
    hash = PerfectRoot(hashes);
    visit({level, count / kTileWidth - 1, kTileWidth}, hashes, hash);
    hashes.clear();
  }
}

}  // namespace affidavit
