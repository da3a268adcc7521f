#include "db/append_tiles.h"

#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/merkle/hash.h"

namespace affidavit::db {
namespace {

constexpr char kInsertTiles[] = "insert_tiles";
constexpr char kEdgeLeaves[] = "edge_leaves";
constexpr char kEdgeTiles[] = "edge_tiles";

constexpr NamedStatement kStatements[] = {
    {kInsertTiles,
     "INSERT INTO affidavit.tiles (level, tile_index, hashes, root) "
     "SELECT * FROM unnest($1::integer[], $2::bigint[], $3::bytea[], $4::bytea[])"},
    {kEdgeLeaves,
     "SELECT leaf_hash FROM affidavit.entries WHERE leaf_index >= $1::bigint AND leaf_index < $2::bigint "
     "ORDER BY leaf_index"},
    {kEdgeTiles,
     "SELECT root FROM affidavit.tiles WHERE level = $3::bigint AND tile_index >= $1::bigint "
     "AND tile_index < $2::bigint ORDER BY tile_index"},
};

absl::Status Damaged(const absl::Status& why) {
  return absl::InternalError(absl::StrCat("the log is damaged, run `affidavit fsck`: ", std::string(why.message())));
}

}  // namespace

std::span<const NamedStatement> TileStatements() {
  return kStatements;
}

FullTiles::FullTiles()
    : levels_(ElementType::kInt4),
      indexes_(ElementType::kInt8),
      hashes_(ElementType::kBytea),
      roots_(ElementType::kBytea) {}

void FullTiles::Add(const TileId& tile, std::span<const Digest> hashes, const Digest& root) {
  ++count_;
  levels_.AddInt4(static_cast<int32_t>(tile.level));
  indexes_.AddInt8(static_cast<int64_t>(tile.index));
  hashes_.AddBytes(EncodeTile(hashes));
  roots_.AddBytes(AsBytes(root));
}

void FullTiles::Send(Pipeline& pipeline) {
  const std::string_view parameters[] = {levels_.Wire(), indexes_.Wire(), hashes_.Wire(), roots_.Wire()};
  pipeline.RunPrepared(kInsertTiles, parameters);
}

void SendEdgeQueries(uint64_t tree_size, Pipeline& pipeline) {
  for (const TileId& tile : TileEdge::TilesOf(tree_size)) {
    const uint64_t begin = tile.index * kTileWidth;
    const std::string range[] = {EncodeInt8(static_cast<int64_t>(begin)),
                                 EncodeInt8(static_cast<int64_t>(begin + tile.width))};
    if (tile.level == 0) {
      const std::string_view parameters[] = {range[0], range[1]};
      pipeline.RunPrepared(kEdgeLeaves, parameters);
    } else {
      // A tile's hashes are the roots of the tiles below it.
      const std::string level = EncodeInt8(tile.level - 1);
      const std::string_view parameters[] = {range[0], range[1], level};
      pipeline.RunPrepared(kEdgeTiles, parameters);
    }
  }
}

absl::StatusOr<TileEdge> EdgeFromAnswers(uint64_t tree_size, std::span<const Answer> answers) {
  TileMap tiles;
  for (const TileId& tile : TileEdge::TilesOf(tree_size)) {
    const Answer& answer = answers.front();
    answers = answers.subspan(1);
    std::vector<Digest>& hashes = tiles[tile];
    for (int row = 0; row < answer.RowCount(); ++row) {
      const absl::StatusOr<Digest> hash = ParseHash(answer.Value(row, 0));
      if (!hash.ok()) {
        return Damaged(hash.status());
      }
      hashes.push_back(*hash);
    }
  }
  absl::StatusOr<TileEdge> edge = TileEdge::FromTiles(tree_size, tiles);
  if (!edge.ok()) {
    return Damaged(edge.status());
  }
  return edge;
}

}  // namespace affidavit::db
