// A tree in memory that hands out tiles as the database does, and counts them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/merkle/compact_range.h"
#include "core/merkle/hash.h"
#include "services/ledger/evidence/proof_maker.h"

namespace affidavit::ledger {

class MemoryTree {
 public:
  // Leaves "0", "1", …, each with `salt` behind it.
  explicit MemoryTree(uint64_t size, const std::string& salt = "") : size_(size) {
    roots_.push_back(EmptyRoot());
    CompactRange range;
    for (uint64_t i = 0; i < size; ++i) {
      range.Append(LeafHash(std::to_string(i) + salt),
                   [this](const NodeId& node, const Digest& hash) { nodes_[node] = hash; });
      roots_.push_back(range.Root().value());
    }
  }

  uint64_t size() const { return size_; }
  Digest Root(uint64_t size) const { return roots_.at(size); }
  SignedTree Signed() const { return {size_, Root(size_)}; }
  LeafPlace Leaf(uint64_t index) const { return {index, nodes_.at({0, index})}; }

  absl::StatusOr<TileMap> Read(std::span<const TileId> tiles) {
    TileMap found;
    for (const TileId& tile : tiles) {
      ++tile_count;
      std::vector<Digest>& hashes = found[tile];
      for (uint32_t i = 0; i < tile.width; ++i) {
        hashes.push_back(nodes_.at({tile.level * kTileHeight, tile.index * kTileWidth + i}));
      }
    }
    return found;
  }
  TileSource Source() {
    return [this](std::span<const TileId> tiles) { return Read(tiles); };
  }

  int tile_count = 0;

 private:
  const uint64_t size_;
  std::map<NodeId, Digest> nodes_;
  std::vector<Digest> roots_;  // by size
};

}  // namespace affidavit::ledger
