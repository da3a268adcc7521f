// The right edge of the tree as tiles see it: the hashes of the partial tile of each level, which is what must be kept
// to go on cutting full tiles while leaves come in. At most 255 hashes a level.
//
// Not thread-safe; copies are independent and cheap (some KiB).
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/digest.h"
#include "core/merkle/tile.h"

namespace affidavit {

class TileEdge {
 public:
  // Called for each tile that becomes full, those of lower levels first. `root` is the hash of the node above `hashes`.
  // The hashes are gone after the call.
  using TileVisitor = std::function<void(const TileId& tile, std::span<const Digest> hashes, const Digest& root)>;

  // Of the empty tree.
  TileEdge() = default;

  // The partial tiles of a tree of `size` leaves, from level 0 up: what FromTiles needs.
  static std::vector<TileId> TilesOf(uint64_t size);

  // INVALID_ARGUMENT unless `tiles` has each of TilesOf(size) with as many hashes as its id says.
  static absl::StatusOr<TileEdge> FromTiles(uint64_t size, const TileMap& tiles);

  // Adds the leaf with the index size(). REQUIRES: size() < 2^64 - 1.
  void Append(const Digest& leaf_hash, const TileVisitor& visit);

  uint64_t size() const { return size_; }

  bool operator==(const TileEdge&) const = default;

 private:
  uint64_t size_ = 0;
  std::vector<std::vector<Digest>> levels_;  // of each level the hashes after the last full tile, 255 at most
};

}  // namespace affidavit
