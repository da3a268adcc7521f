#include "services/mirror/log_mirror.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/encoding.h"
#include "core/base/status_macros.h"
#include "core/checkpoint/checkpoint.h"
#include "core/envelope/object_key.h"
#include "core/retention/retention.h"
#include "ops/alerts.h"
#include "services/mirror/mirror_metrics.h"

namespace affidavit::mirror {
namespace {

constexpr int kExtendAtOnce = 100;

// The tiles of higher levels that the tile `index` of level 0 completes.
std::vector<TileId> CompletedTiles(uint64_t index) {
  std::vector<TileId> tiles;
  uint64_t count = index + 1;
  for (uint32_t level = 1; count % kTileWidth == 0; ++level) {
    count /= kTileWidth;
    tiles.push_back({level, count - 1, kTileWidth});
  }
  return tiles;
}

objectstore::PutRequest LogFileRequest(const std::string& key, const std::string& bytes) {
  const Digest sha256 = Sha256(bytes);
  return {.key = key,
          .body = bytes,
          .sha256 = sha256,
          .retain_until = std::nullopt,
          .legal_hold = false,
          .metadata = {{"audit_hash", HexEncode(AsBytes(sha256))}}};
}

void AlertLog(const std::string& key, const absl::Status& status) {
  ops::RaiseAlert(ops::kAlertMirrorFinding, {{"key", key}, {"why", std::string(status.message())}});
}

}  // namespace

struct LogMirror::Target {
  int incarnation = 1;
  db::StoredCheckpoint checkpoint;
  db::MirrorLogState state;
  TimePoint now;           // the database's
  TimePoint retain_until;  // of files that are locked now
};

TimePoint LogRetainUntil(TimePoint retain_until) {
  const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(retain_until));
  const std::chrono::year next = day.year() + std::chrono::years(1);
  const TimePoint until = std::chrono::sys_days(next / std::chrono::January / 1);
  return IsRepresentable(until) ? until : retain_until;
}

LogMirror::LogMirror(const MirrorOptions* options, db::SessionLock* lock, objectstore::ObjectStore* store,
                     std::function<absl::Status()> check)
    : options_(options),
      lock_(lock),
      store_(store),
      check_(std::move(check)),
      copier_(store, options->verify_existing) {}

absl::StatusOr<bool> LogMirror::Step() {
  absl::StatusOr<Target> target = ReadTarget();
  if (absl::IsNotFound(target.status())) {
    return false;  // nothing has been signed yet
  }
  RETURN_IF_ERROR(target.status());
  RETURN_IF_ERROR(ExtendLocks(target->retain_until));
  if (target->checkpoint.tree_size <= target->state.checkpoint_size) {
    return false;
  }
  RETURN_IF_ERROR(CheckStoredCheckpoint(*target));
  RETURN_IF_ERROR(WriteFullTiles(*target));
  RETURN_IF_ERROR(WritePartialTiles(*target));
  RETURN_IF_ERROR(WriteCheckpoint(*target));
  SetLogTreeSize(target->checkpoint.tree_size);
  return true;
}

absl::StatusOr<LogMirror::Target> LogMirror::ReadTarget() {
  Target target;
  RETURN_IF_ERROR(lock_->Transact([&](db::Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(target.checkpoint, db::ReadPublishedCheckpoint(transaction));
    const db::MirrorProgress progress = db::ReadMirrorProgress(transaction);
    target.incarnation = progress.incarnation;
    target.now = progress.database_time;
    target.state = db::ReadMirrorLogState(transaction, target.incarnation);
    target.retain_until =
        LogRetainUntil(db::ReadMirroredRetention(transaction).value_or(AddYears(target.now, kRetentionYearsDefault)));
    return absl::OkStatus();
  }));
  return target;
}

absl::Status LogMirror::WriteFullTiles(Target& target) {
  const int64_t tile_count = target.checkpoint.tree_size / kTileWidth;
  while (target.state.next_tile < tile_count) {
    const auto index = static_cast<uint64_t>(target.state.next_tile);
    ASSIGN_OR_RETURN(
        const std::vector<db::LogFile> files,
        ReadFiles([&](db::Transaction& transaction) -> absl::StatusOr<std::vector<db::LogFile>> {
          ASSIGN_OR_RETURN(std::vector<db::LogFile> read, db::ReadLeafFiles(transaction, {0, index, kTileWidth}));
          ASSIGN_OR_RETURN(std::vector<db::LogFile> above, db::ReadTileFiles(transaction, CompletedTiles(index)));
          read.insert(read.end(), above.begin(), above.end());
          return read;
        }));
    std::vector<db::MirrorLogFile> written;
    for (const db::LogFile& file : files) {
      ASSIGN_OR_RETURN(written.emplace_back(), PutLocked(target, file.path, file.bytes));
    }
    db::MirrorLogState next = target.state;
    ++next.next_tile;
    RETURN_IF_ERROR(lock_->Transact([&](db::Transaction& transaction) {
      db::WriteMirrorLogFiles(transaction, written);
      db::WriteMirrorLogState(transaction, target.incarnation, next);
      return absl::OkStatus();
    }));
    target.state = next;
  }
  return absl::OkStatus();
}

absl::Status LogMirror::WritePartialTiles(const Target& target) {
  for (const TileRow& row : TileRows(static_cast<uint64_t>(target.checkpoint.tree_size))) {
    if (row.partial_width == 0) {
      continue;
    }
    const TileId tile{row.level, row.full_count, row.partial_width};
    ASSIGN_OR_RETURN(const std::vector<db::LogFile> files, ReadFiles([&](db::Transaction& transaction) {
                       return tile.level == 0 ? db::ReadLeafFiles(transaction, tile)
                                              : db::ReadTileFiles(transaction, std::span(&tile, 1));
                     }));
    for (const db::LogFile& file : files) {
      RETURN_IF_ERROR(PutUnlocked(target, file.path, file.bytes));
    }
  }
  return absl::OkStatus();
}

absl::Status LogMirror::WriteCheckpoint(Target& target) {
  const std::string& note = target.checkpoint.signed_note;
  RETURN_IF_ERROR(PutUnlocked(target, "checkpoint", note));
  db::MirrorLogState next = target.state;
  next.checkpoint_size = target.checkpoint.tree_size;
  std::vector<db::MirrorLogFile> kept;
  if (!next.kept_time.has_value() || target.now - *next.kept_time >= options_->kept_checkpoint_interval) {
    ASSIGN_OR_RETURN(kept.emplace_back(),
                     PutLocked(target, absl::StrCat("checkpoints/", target.checkpoint.tree_size), note));
    next.kept_time = target.now;
  }
  return lock_->Transact([&](db::Transaction& transaction) {
    db::WriteMirrorLogFiles(transaction, kept);
    db::WriteMirrorLogState(transaction, target.incarnation, next);
    return absl::OkStatus();
  });
}

// A database that was restored from an old copy may not know of what the store has. Where that cannot be read (a
// write-only role), the ledger's own guard is what is left.
absl::Status LogMirror::CheckStoredCheckpoint(const Target& target) {
  if (!options_->verify_existing) {
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(check_());
  const std::string key = LogObjectPrefix(target.incarnation) + "checkpoint";
  const absl::StatusOr<objectstore::Object> object = store_->Get(key, "");
  if (absl::IsNotFound(object.status()) || absl::IsPermissionDenied(object.status())) {
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(object.status());
  const absl::StatusOr<Note> note = ParseNote(object->body);
  const absl::StatusOr<Checkpoint> stored = note.ok() ? ParseCheckpoint(note->text) : note.status();
  if (stored.ok() && stored->origin == target.checkpoint.origin &&
      stored->tree_size > static_cast<uint64_t>(target.checkpoint.tree_size)) {
    absl::Status status = absl::FailedPreconditionError(
        absl::StrCat("the store's checkpoint covers ", stored->tree_size, " entries, the database's newest ",
                     target.checkpoint.tree_size, ": was the database restored from an old copy?"));
    AlertLog(key, status);
    return status;
  }
  return absl::OkStatus();
}

absl::Status LogMirror::ExtendLocks(TimePoint retain_until) {
  while (true) {
    std::vector<db::MirrorLogFile> files;
    RETURN_IF_ERROR(lock_->Transact([&](db::Transaction& transaction) {
      files = db::ListMirrorLogFilesBefore(transaction, retain_until, kExtendAtOnce);
      return absl::OkStatus();
    }));
    if (files.empty()) {
      return absl::OkStatus();
    }
    for (db::MirrorLogFile& file : files) {
      RETURN_IF_ERROR(check_());
      RETURN_IF_ERROR(store_->ExtendRetention(file.object_key, file.version_id, retain_until));
      file.retain_until = retain_until;
    }
    RETURN_IF_ERROR(lock_->Transact([&](db::Transaction& transaction) {
      db::WriteMirrorLogFiles(transaction, files);
      return absl::OkStatus();
    }));
  }
}

absl::StatusOr<std::vector<db::LogFile>> LogMirror::ReadFiles(const Read& read) {
  std::vector<db::LogFile> files;
  RETURN_IF_ERROR(lock_->Transact([&](db::Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(files, read(transaction));
    return absl::OkStatus();
  }));
  return files;
}

absl::StatusOr<db::MirrorLogFile> LogMirror::PutLocked(const Target& target, const std::string& path,
                                                       const std::string& bytes) {
  RETURN_IF_ERROR(check_());
  objectstore::PutRequest request = LogFileRequest(LogObjectPrefix(target.incarnation) + path, bytes);
  request.retain_until = target.retain_until;
  const std::string key = request.key;
  const absl::StatusOr<CopiedObject> copied = copier_.Copy(std::move(request), /*may_exist=*/true);
  if (absl::IsAlreadyExists(copied.status())) {
    AlertLog(key, copied.status());
  }
  RETURN_IF_ERROR(copied.status());
  return db::MirrorLogFile{key, copied->version_id, copied->retain_until};
}

absl::Status LogMirror::PutUnlocked(const Target& target, const std::string& path, const std::string& bytes) {
  RETURN_IF_ERROR(check_());
  return store_->Put(LogFileRequest(LogObjectPrefix(target.incarnation) + path, bytes)).status();
}

}  // namespace affidavit::mirror
