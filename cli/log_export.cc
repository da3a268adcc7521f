#include "cli/log_export.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/files.h"
#include "core/base/status_macros.h"
#include "core/checkpoint/checkpoint.h"
#include "core/merkle/entry_bundle.h"
#include "core/merkle/hash.h"
#include "core/merkle/tile.h"
#include "core/merkle/tile_path.h"
#include "db/fsck_store.h"

namespace affidavit::cli {
namespace {

constexpr size_t kTilesAtOnce = 64;

class Exporter {
 public:
  Exporter(db::Connection* connection, const std::string& folder) : connection_(connection), folder_(folder) {}

  bool Has(const std::string& path) const { return std::filesystem::exists(folder_ / path); }
  absl::Status Write(const std::string& path, const std::string& bytes);
  absl::Status WriteLeaves(const TileId& tile);               // an entry bundle and the tile of level 0 over it
  absl::Status WriteTiles(const std::vector<TileId>& tiles);  // of higher levels
  int64_t written_count() const { return written_count_; }

 private:
  db::Connection* const connection_;
  const std::filesystem::path folder_;
  int64_t written_count_ = 0;
};

absl::Status Exporter::Write(const std::string& path, const std::string& bytes) {
  const std::filesystem::path whole = folder_ / path;
  const std::filesystem::path part = whole.string() + ".part";
  std::error_code error;
  std::filesystem::create_directories(whole.parent_path(), error);
  std::ofstream out(part, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (out) {
    std::filesystem::rename(part, whole, error);
  }
  if (!out || error) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot write ", whole.string(), error ? ": " + error.message() : std::string()));
  }
  ++written_count_;
  return absl::OkStatus();
}

absl::Status Exporter::WriteLeaves(const TileId& tile) {
  const auto begin = static_cast<int64_t>(tile.index * kTileWidth);
  std::vector<std::string> leaves;
  TileMap stored;
  RETURN_IF_ERROR(connection_->Transact([&](db::Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(leaves, db::ReadLeaves(transaction, begin, begin + tile.width));
    ASSIGN_OR_RETURN(stored, db::ReadTiles(transaction, std::span(&tile, 1)));
    return absl::OkStatus();
  }));
  const std::vector<Digest>& hashes = stored.at(tile);
  for (size_t i = 0; i < leaves.size(); ++i) {
    if (LeafHash(leaves[i]) != hashes[i]) {
      return absl::DataLossError(absl::StrCat("entry ", begin + static_cast<int64_t>(i),
                                              " is not the one that is in the tree: run `affidavit fsck`"));
    }
  }
  ASSIGN_OR_RETURN(const std::string bundle, EncodeEntryBundle(leaves));
  RETURN_IF_ERROR(Write(EntryBundlePath({tile.index, tile.width}), bundle));
  return Write(TilePath(tile), EncodeTile(hashes));
}

absl::Status Exporter::WriteTiles(const std::vector<TileId>& tiles) {
  for (size_t begin = 0; begin < tiles.size(); begin += kTilesAtOnce) {
    const std::span<const TileId> part = std::span(tiles).subspan(begin, std::min(kTilesAtOnce, tiles.size() - begin));
    TileMap stored;
    RETURN_IF_ERROR(connection_->Transact([&](db::Transaction& transaction) -> absl::Status {
      ASSIGN_OR_RETURN(stored, db::ReadTiles(transaction, part));
      return absl::OkStatus();
    }));
    for (const TileId& tile : part) {
      RETURN_IF_ERROR(Write(TilePath(tile), EncodeTile(stored.at(tile))));
    }
  }
  return absl::OkStatus();
}

// The newest checkpoint with what witnesses have added, once the stored tree leads to its root.
absl::StatusOr<db::StoredCheckpoint> FindCheckpoint(db::Connection& connection) {
  std::optional<db::StoredCheckpoint> checkpoint;
  Digest root{};
  RETURN_IF_ERROR(connection.Transact([&](db::Transaction& transaction) -> absl::Status {
    const std::optional<db::StoredOrigin> origin = db::ReadCurrentOrigin(transaction);
    checkpoint = origin ? db::ReadNewestCheckpoint(transaction, origin->origin) : std::nullopt;
    if (!checkpoint) {
      return absl::OkStatus();
    }
    for (const db::StoredCosignature& cosignature :
         db::ReadCosignatures(transaction, checkpoint->origin, checkpoint->tree_size)) {
      checkpoint->signed_note += cosignature.line;
    }
    ASSIGN_OR_RETURN(root, db::ReadRoot(transaction, static_cast<uint64_t>(checkpoint->tree_size)));
    return absl::OkStatus();
  }));
  if (!checkpoint) {
    return absl::FailedPreconditionError(
        "no checkpoint has been signed yet\n  what to do: run the ledger with a [signing] section");
  }
  if (root != checkpoint->root_hash) {
    return absl::DataLossError("the stored tree does not lead to the signed root: run `affidavit fsck`");
  }
  return *std::move(checkpoint);
}

constexpr char kOtherFolder[] =
    "\n  what to do: keep that folder, it may hold what the database has lost: `affidavit fsck --checkpoint` compares "
    "them. Export into a new one";

// A folder that was exported into before must be a part of this log: what lies there is not written again.
absl::Status CheckEarlierExport(db::Connection& connection, const std::string& folder, int64_t tree_size) {
  const std::string file = (std::filesystem::path(folder) / "checkpoint").string();
  if (!std::filesystem::exists(file)) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const std::string text, ReadFile(file));
  const absl::StatusOr<Note> note = ParseNote(text);
  const absl::StatusOr<Checkpoint> earlier = note.ok() ? ParseCheckpoint(note->text) : note.status();
  if (!earlier.ok()) {
    return absl::FailedPreconditionError(absl::StrCat(file, " is no checkpoint", kOtherFolder));
  }
  if (earlier->tree_size > static_cast<uint64_t>(tree_size)) {
    return absl::FailedPreconditionError(
        absl::StrCat(file, " covers ", earlier->tree_size, " entries; the log has signed ", tree_size, kOtherFolder));
  }
  Digest root{};
  RETURN_IF_ERROR(connection.Transact([&](db::Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(root, db::ReadRoot(transaction, earlier->tree_size));
    return absl::OkStatus();
  }));
  if (root != earlier->root_hash) {
    return absl::FailedPreconditionError(
        absl::StrCat(file, ": the log's first ", earlier->tree_size, " entries are others", kOtherFolder));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ExportedLog> ExportLog(db::Connection& connection, const std::string& folder,
                                      const std::function<void(int64_t done, int64_t total)>& show) {
  ASSIGN_OR_RETURN(const db::StoredCheckpoint checkpoint, FindCheckpoint(connection));
  const auto size = static_cast<uint64_t>(checkpoint.tree_size);
  RETURN_IF_ERROR(CheckEarlierExport(connection, folder, checkpoint.tree_size));
  Exporter exporter(&connection, folder);
  for (const TileRow& row : TileRows(size)) {
    std::vector<TileId> missing;
    const uint64_t count = row.full_count + (row.partial_width > 0 ? 1 : 0);
    for (uint64_t index = 0; index < count; ++index) {
      const TileId tile{row.level, index, TileWidth(row.level, index, size)};
      if (row.level > 0) {
        if (!exporter.Has(TilePath(tile))) {
          missing.push_back(tile);
        }
        continue;
      }
      // The tile is written after its bundle: where it is, both are.
      if (!exporter.Has(TilePath(tile))) {
        RETURN_IF_ERROR(exporter.WriteLeaves(tile));
      }
      show(static_cast<int64_t>(index * kTileWidth + tile.width), checkpoint.tree_size);
    }
    RETURN_IF_ERROR(exporter.WriteTiles(missing));
  }
  RETURN_IF_ERROR(exporter.Write("checkpoint", checkpoint.signed_note));
  return ExportedLog{checkpoint.origin, checkpoint.tree_size, exporter.written_count()};
}

}  // namespace affidavit::cli
