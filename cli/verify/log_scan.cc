#include "cli/verify/log_scan.h"

#include <algorithm>
#include <optional>
#include <string>

#include "core/base/status_macros.h"
#include "core/merkle/hash.h"
#include "core/merkle/tile.h"
#include "core/merkle/tile_path.h"

namespace affidavit::verify {

absl::Status LogScan::Run(uint64_t size, const LeafVisitor& visit, const ProgressVisitor& progress) {
  NoteRoot();
  for (uint64_t index = 0; index < size; index += kTileWidth) {
    const auto width = static_cast<uint32_t>(std::min<uint64_t>(kTileWidth, size - index));
    ASSIGN_OR_RETURN(const std::vector<std::string> leaves, copy_.ReadLeaves(index / kTileWidth, width));
    for (uint32_t i = 0; i < width; ++i) {
      RETURN_IF_ERROR(visit(index + i, leaves[i]));
      RETURN_IF_ERROR(Add(LeafHash(leaves[i])));
    }
    progress(index + width);
  }
  return ComparePartialTiles();
}

absl::Status LogScan::RunOverHashes(uint64_t size, const ProgressVisitor& progress) {
  NoteRoot();
  for (uint64_t index = 0; index < size; index += kTileWidth) {
    const TileId tile{0, index / kTileWidth, TileWidth(0, index / kTileWidth, size)};
    ASSIGN_OR_RETURN(const std::optional<std::vector<Digest>> hashes, copy_.ReadTile(tile));
    if (!hashes.has_value()) {
      return absl::DataLossError("the copy has no " + TilePath(tile));
    }
    for (const Digest& hash : *hashes) {
      RETURN_IF_ERROR(Add(hash));
    }
    progress(index + tile.width);
  }
  return ComparePartialTiles();
}

absl::Status LogScan::ComparePartialTiles() {
  for (uint32_t level = 0; level < rows_.size(); ++level) {
    if (!rows_[level].empty()) {
      RETURN_IF_ERROR(CompareTile(level));
    }
  }
  return absl::OkStatus();
}

absl::Status LogScan::Add(const Digest& leaf_hash) {
  range_.Append(leaf_hash, [this](const NodeId& node, const Digest& hash) { Collect(node, hash); });
  NoteRoot();
  return CompareFullTiles();
}

void LogScan::Collect(const NodeId& node, const Digest& hash) {
  if (node.level % kTileHeight != 0) {
    return;
  }
  const size_t level = node.level / kTileHeight;
  if (rows_.size() <= level) {
    rows_.resize(level + 1);
    next_tiles_.resize(level + 1);
  }
  rows_[level].push_back(hash);
}

absl::Status LogScan::CompareFullTiles() {
  for (uint32_t level = 0; level < rows_.size() && rows_[level].size() == kTileWidth; ++level) {
    RETURN_IF_ERROR(CompareTile(level));
  }
  return absl::OkStatus();
}

absl::Status LogScan::CompareTile(uint32_t level) {
  const TileId tile{level, next_tiles_[level]++, static_cast<uint32_t>(rows_[level].size())};
  ASSIGN_OR_RETURN(const std::optional<std::vector<Digest>> stored, copy_.ReadTile(tile));
  if (stored.has_value() && *stored != rows_[level]) {
    return absl::DataLossError(TilePath(tile) + " does not hold the hashes that the leaves make");
  }
  ++(stored.has_value() ? tiles_compared_ : tiles_absent_);
  rows_[level].clear();
  return absl::OkStatus();
}

void LogScan::NoteRoot() {
  const auto wanted = roots_.find(range_.end());
  if (wanted != roots_.end()) {
    wanted->second = range_.Root().value();  // begins at 0, so there is one
  }
}

}  // namespace affidavit::verify
