// The log itself in the store, as C2SP tlog-tiles below "log/": whoever reads the bucket can check the log without us.
// Full tiles, entry bundles and the kept checkpoints under lock; `checkpoint` and partial files without, for they are
// replaced. One thread's world.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "db/log_files.h"
#include "db/mirror_store.h"
#include "db/session_lock.h"
#include "services/mirror/copier.h"
#include "services/mirror/options.h"

namespace affidavit::mirror {

class LogMirror {
 public:
  // All outlive it. `check` is asked before each request.
  LogMirror(const MirrorOptions* options, db::SessionLock* lock, objectstore::ObjectStore* store,
            std::function<absl::Status()> check);

  // Brings the store up to the newest checkpoint, and lengthens what locks need it. True when a new `checkpoint` was
  // written. REQUIRES: the lock has been acquired. ALREADY_EXISTS: a locked file of other bytes lies there.
  // FAILED_PRECONDITION: the store's checkpoint is larger than the database's. Both are left as they are, and alert.
  absl::StatusOr<bool> Step();

 private:
  struct Target;
  using Read = std::function<absl::StatusOr<std::vector<db::LogFile>>(db::Transaction&)>;

  absl::StatusOr<Target> ReadTarget();
  absl::Status WriteFullTiles(Target& target);
  absl::Status WritePartialTiles(const Target& target);
  absl::Status WriteCheckpoint(Target& target);
  absl::Status CheckStoredCheckpoint(const Target& target);
  absl::Status ExtendLocks(TimePoint retain_until);

  absl::StatusOr<std::vector<db::LogFile>> ReadFiles(const Read& read);
  absl::StatusOr<db::MirrorLogFile> PutLocked(const Target& target, const std::string& path, const std::string& bytes);
  absl::Status PutUnlocked(const Target& target, const std::string& path, const std::string& bytes);

  const MirrorOptions* const options_;
  db::SessionLock* const lock_;
  objectstore::ObjectStore* const store_;
  const std::function<absl::Status()> check_;
  const Copier copier_;
};

// Until when the log's files are locked while the entries' objects are until `retain_until`: the next 1 January, so
// that all of them need to be lengthened only once a year.
TimePoint LogRetainUntil(TimePoint retain_until);

}  // namespace affidavit::mirror
