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
#include "core/merkle/tile.h"
#include "core/merkle/tile_path.h"
#include "db/log_files.h"

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
  using Read = std::function<absl::StatusOr<std::vector<db::LogFile>>(db::Transaction&)>;
  absl::Status WriteFiles(const Read& read);

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

absl::Status Exporter::WriteFiles(const Read& read) {
  std::vector<db::LogFile> files;
  RETURN_IF_ERROR(connection_->Transact([&](db::Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(files, read(transaction));
    return absl::OkStatus();
  }));
  for (const db::LogFile& file : files) {
    RETURN_IF_ERROR(Write(file.path, file.bytes));
  }
  return absl::OkStatus();
}

absl::Status Exporter::WriteLeaves(const TileId& tile) {
  return WriteFiles([&](db::Transaction& transaction) { return db::ReadLeafFiles(transaction, tile); });
}

absl::Status Exporter::WriteTiles(const std::vector<TileId>& tiles) {
  for (size_t begin = 0; begin < tiles.size(); begin += kTilesAtOnce) {
    const std::span<const TileId> part = std::span(tiles).subspan(begin, std::min(kTilesAtOnce, tiles.size() - begin));
    RETURN_IF_ERROR(WriteFiles([&](db::Transaction& transaction) { return db::ReadTileFiles(transaction, part); }));
  }
  return absl::OkStatus();
}

absl::StatusOr<db::StoredCheckpoint> FindCheckpoint(db::Connection& connection) {
  db::StoredCheckpoint checkpoint;
  const absl::Status status = connection.Transact([&](db::Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(checkpoint, db::ReadPublishedCheckpoint(transaction));
    return absl::OkStatus();
  });
  if (absl::IsNotFound(status)) {
    return absl::FailedPreconditionError(
        "no checkpoint has been signed yet\n  what to do: run the ledger with a [signing] section");
  }
  RETURN_IF_ERROR(status);
  return checkpoint;
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
