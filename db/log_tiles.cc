#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/status_macros.h"
#include "core/merkle/hash.h"
#include "db/entry_rows.h"
#include "db/log_store.h"
#include "db/transaction.h"

namespace affidavit::db {
namespace {

constexpr char kFullTiles[] = R"(
  SELECT t.level, t.tile_index, t.hashes
  FROM unnest($1::smallint[], $2::bigint[]) AS wanted (level, tile_index)
  JOIN affidavit.tiles t ON t.level = wanted.level AND t.tile_index = wanted.tile_index)";

absl::Status Missing(const TileId& tile) {
  return absl::DataLossError(absl::StrCat("tile ", tile.index, " of level ", tile.level,
                                          " lacks hashes that it must have: run `affidavit fsck`"));
}

std::string ArrayOf(std::span<const TileId> tiles, uint64_t (*member)(const TileId&)) {
  return absl::StrCat(
      "{",
      absl::StrJoin(tiles, ",", [member](std::string* out, const TileId& tile) { absl::StrAppend(out, member(tile)); }),
      "}");
}

absl::Status ReadFullTiles(Transaction& transaction, std::span<const TileId> tiles, TileMap& found) {
  if (tiles.empty()) {
    return absl::OkStatus();
  }
  const std::string levels = ArrayOf(tiles, [](const TileId& tile) { return uint64_t{tile.level}; });
  const std::string indexes = ArrayOf(tiles, [](const TileId& tile) { return tile.index; });
  for (const pqxx::row& row : transaction.exec_params(kFullTiles, levels, indexes)) {
    const TileId tile{row[0].as<uint32_t>(), row[1].as<uint64_t>(), kTileWidth};
    absl::StatusOr<std::vector<Digest>> hashes = ParseTile(tile, BytesFromField(row[2]));
    if (!hashes.ok()) {
      return absl::DataLossError(hashes.status().message());
    }
    found[tile] = *std::move(hashes);
  }
  return absl::OkStatus();
}

// The hashes of a partial tile, one a row, in a place of its own: constants, because the planner has to see that they
// are few.
std::string PartialTileQuery(size_t place, const TileId& tile) {
  const uint64_t begin = tile.index * kTileWidth;
  const uint64_t end = begin + tile.width;
  if (tile.level == 0) {
    return absl::StrCat("SELECT ", place, ", leaf_index, leaf_hash FROM affidavit.entries WHERE leaf_index >= ", begin,
                        " AND leaf_index < ", end);
  }
  return absl::StrCat("SELECT ", place, ", tile_index, root FROM affidavit.tiles WHERE level = ", tile.level - 1,
                      " AND tile_index >= ", begin, " AND tile_index < ", end);
}

absl::Status ReadPartialTiles(Transaction& transaction, std::span<const TileId> tiles, TileMap& found) {
  if (tiles.empty()) {
    return absl::OkStatus();
  }
  std::vector<std::string> queries;
  for (size_t place = 0; place < tiles.size(); ++place) {
    queries.push_back(PartialTileQuery(place, tiles[place]));
  }
  for (const pqxx::row& row : transaction.exec(absl::StrCat(absl::StrJoin(queries, " UNION ALL "), " ORDER BY 1, 2"))) {
    const TileId& tile = tiles[row[0].as<size_t>()];
    std::vector<Digest>& hashes = found[tile];
    const absl::StatusOr<Digest> hash = ParseHash(BytesFromField(row[2]));
    if (!hash.ok() || row[1].as<uint64_t>() != tile.index * kTileWidth + hashes.size()) {
      return Missing(tile);
    }
    hashes.push_back(*hash);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<TileMap> ReadTiles(Transaction& transaction, std::span<const TileId> tiles) {
  std::vector<TileId> wanted(tiles.begin(), tiles.end());
  std::sort(wanted.begin(), wanted.end());
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  const auto partial =
      std::stable_partition(wanted.begin(), wanted.end(), [](const TileId& tile) { return tile.width == kTileWidth; });
  TileMap found;
  RETURN_IF_ERROR(ReadFullTiles(transaction, std::span(wanted.begin(), partial), found));
  RETURN_IF_ERROR(ReadPartialTiles(transaction, std::span(partial, wanted.end()), found));
  for (const TileId& tile : tiles) {
    const auto read = found.find(tile);
    if (read == found.end() || read->second.size() != tile.width) {
      return Missing(tile);
    }
  }
  return found;
}

absl::StatusOr<std::vector<Digest>> ReadNodes(Transaction& transaction, std::span<const NodeId> nodes,
                                              uint64_t tree_size) {
  ASSIGN_OR_RETURN(const std::vector<TileId> tiles, PlanTiles(nodes, tree_size));
  ASSIGN_OR_RETURN(const TileMap found, ReadTiles(transaction, tiles));
  return HashesFromTiles(nodes, tree_size, found);
}

absl::StatusOr<std::vector<Digest>> ReadProof(Transaction& transaction, const ProofPlan& plan, uint64_t tree_size) {
  ASSIGN_OR_RETURN(const std::vector<Digest> hashes, ReadNodes(transaction, plan.nodes, tree_size));
  return AssembleProof(plan, hashes);
}

absl::StatusOr<Digest> ReadRoot(Transaction& transaction, uint64_t tree_size) {
  ASSIGN_OR_RETURN(std::vector<Digest> hashes, ReadNodes(transaction, CoverRange(0, tree_size), tree_size));
  ASSIGN_OR_RETURN(const CompactRange range, CompactRange::FromHashes(0, tree_size, std::move(hashes)));
  return range.Root();
}

}  // namespace affidavit::db
