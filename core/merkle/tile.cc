#include "core/merkle/tile.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/merkle/hash.h"

namespace affidavit {
namespace {

constexpr uint32_t kTileLevels = 64 / kTileHeight;

}  // namespace

uint32_t TileWidth(uint32_t level, uint64_t index, uint64_t size) {
  if (level >= kTileLevels) {
    return 0;
  }
  const uint64_t hashes = size >> (kTileHeight * level);
  if (index >= hashes / kTileWidth + 1) {
    return 0;
  }
  return static_cast<uint32_t>(std::min<uint64_t>(hashes - index * kTileWidth, kTileWidth));
}

std::vector<TileRow> TileRows(uint64_t size) {
  std::vector<TileRow> rows;
  for (uint32_t level = 0; level < kTileLevels && size > 0; ++level, size /= kTileWidth) {
    rows.push_back({level, size / kTileWidth, static_cast<uint32_t>(size % kTileWidth)});
  }
  return rows;
}

absl::StatusOr<TileId> TileOf(const NodeId& node, uint64_t size) {
  if (!IsComplete(node, size)) {
    return absl::InvalidArgumentError(
        absl::StrCat("a tree of size ", size, " has no complete node ", node.index, " on level ", node.level));
  }
  const uint32_t level = node.level / kTileHeight;
  const uint64_t index = node.index >> (kTileHeight - node.level % kTileHeight);
  return TileId{level, index, TileWidth(level, index, size)};
}

absl::StatusOr<std::vector<TileId>> PlanTiles(std::span<const NodeId> nodes, uint64_t size) {
  std::set<TileId> tiles;
  for (const NodeId& node : nodes) {
    ASSIGN_OR_RETURN(const TileId tile, TileOf(node, size));
    tiles.insert(tile);
  }
  return std::vector<TileId>(tiles.begin(), tiles.end());
}

absl::StatusOr<std::vector<Digest>> ParseTile(const TileId& tile, std::string_view bytes) {
  constexpr size_t kHashSize = sizeof(Digest);
  if (tile.width == 0 || tile.width > kTileWidth || bytes.size() != tile.width * kHashSize) {
    return absl::InvalidArgumentError(absl::StrCat("tile ", tile.index, " of level ", tile.level, " has ", bytes.size(),
                                                   " bytes instead of ", tile.width, " hashes"));
  }
  std::vector<Digest> hashes;
  hashes.reserve(tile.width);
  for (; !bytes.empty(); bytes.remove_prefix(kHashSize)) {
    ASSIGN_OR_RETURN(const Digest hash, ParseHash(bytes.substr(0, kHashSize)));
    hashes.push_back(hash);
  }
  return hashes;
}

std::string EncodeTile(std::span<const Digest> hashes) {
  std::string bytes;
  bytes.reserve(hashes.size() * sizeof(Digest));
  for (const Digest& hash : hashes) {
    bytes += AsBytes(hash);
  }
  return bytes;
}

Digest PerfectRoot(std::span<const Digest> hashes) {
  std::vector<Digest> row(hashes.begin(), hashes.end());
  while (row.size() > 1) {
    for (size_t i = 0; i < row.size() / 2; ++i) {
      row[i] = NodeHash(row[2 * i], row[2 * i + 1]);
    }
    row.resize(row.size() / 2);
  }
  return row.front();
}

absl::StatusOr<std::vector<Digest>> HashesFromTiles(std::span<const NodeId> nodes, uint64_t size,
                                                    const TileMap& tiles) {
  std::vector<Digest> hashes;
  hashes.reserve(nodes.size());
  for (const NodeId& node : nodes) {
    ASSIGN_OR_RETURN(const TileId tile, TileOf(node, size));
    const auto found = tiles.find(tile);
    if (found == tiles.end()) {
      return absl::NotFoundError(absl::StrCat("tile ", tile.index, " of level ", tile.level, " is missing"));
    }
    const std::span<const Digest> row = found->second;
    if (row.size() != tile.width) {
      return absl::InvalidArgumentError(absl::StrCat("tile ", tile.index, " of level ", tile.level, " has ", row.size(),
                                                     " hashes instead of ", tile.width));
    }
    const uint32_t height = node.level % kTileHeight;
    const size_t offset = (node.index << height) % kTileWidth;
    hashes.push_back(PerfectRoot(row.subspan(offset, size_t{1} << height)));
  }
  return hashes;
}

}  // namespace affidavit
