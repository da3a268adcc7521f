// C2SP tlog-tiles: the tree cut into tiles of 256 hashes, eight levels high. The tile (level, index) holds the nodes
// (8 * level, 256 * index) and up; the nodes between a tile's hashes and the next tile level are made by hashing inside
// it. Pure, thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/digest.h"
#include "core/merkle/node_id.h"

namespace affidavit {

inline constexpr uint32_t kTileHeight = 8;
inline constexpr uint32_t kTileWidth = 256;

struct TileId {
  uint32_t level = 0;  // 0 to 7: a tree of 2^64 leaves needs no more
  uint64_t index = 0;
  uint32_t width = kTileWidth;  // how many hashes; 1 to 255 when partial

  bool operator==(const TileId&) const = default;
  bool operator<(const TileId& other) const {
    return std::tie(level, index, width) < std::tie(other.level, other.index, other.width);
  }
};

// How many hashes the tile at this place has in a tree of `size` leaves: 0 when there is no such tile, kTileWidth when
// full.
uint32_t TileWidth(uint32_t level, uint64_t index, uint64_t size);

// All tiles of one level in a tree: the full ones have the indexes [0, full_count), a partial one may follow.
struct TileRow {
  uint32_t level = 0;
  uint64_t full_count = 0;
  uint32_t partial_width = 0;  // 0: none

  bool operator==(const TileRow&) const = default;
};

// From level 0 up; none for the empty tree.
std::vector<TileRow> TileRows(uint64_t size);

// The tile that holds, or makes by hashing, the hash of `node`. INVALID_ARGUMENT unless IsComplete(node, size).
absl::StatusOr<TileId> TileOf(const NodeId& node, uint64_t size);

// The tiles needed for the hashes of `nodes`, each once, in order. INVALID_ARGUMENT as TileOf.
absl::StatusOr<std::vector<TileId>> PlanTiles(std::span<const NodeId> nodes, uint64_t size);

// The hashes of a tile, from outside. INVALID_ARGUMENT unless `bytes` are tile.width hashes of 32 bytes.
absl::StatusOr<std::vector<Digest>> ParseTile(const TileId& tile, std::string_view bytes);
std::string EncodeTile(std::span<const Digest> hashes);

// The root over `hashes`, which is the node above a full tile: (8 * level + 8, index). REQUIRES: a power of two, at
// least 1.
Digest PerfectRoot(std::span<const Digest> hashes);

// Fetched tiles by their ids.
using TileMap = std::map<TileId, std::vector<Digest>>;

// The hash of each node, from the tiles that PlanTiles named for this size. NOT_FOUND when one of them is missing,
// INVALID_ARGUMENT when one has not as many hashes as its id says.
absl::StatusOr<std::vector<Digest>> HashesFromTiles(std::span<const NodeId> nodes, uint64_t size, const TileMap& tiles);

}  // namespace affidavit
