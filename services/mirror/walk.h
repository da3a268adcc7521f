// The walk along the log: a window of entries at a time, copied side by side, receipts in leaf order, the cursor last.
// And the sweep, which tries findings again. One thread's world.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "db/mirror_store.h"
#include "db/session_lock.h"
#include "services/mirror/entry_copier.h"
#include "services/mirror/options.h"

namespace affidavit::mirror {

struct WalkReport {
  db::MirrorProgress progress;  // before the step
  int64_t settled_count = 0;    // entries that the cursor has passed
  absl::Status waits_for;       // OK, or why the entry at the cursor has to wait
};

class Walk {
 public:
  // All outlive it.
  Walk(const MirrorOptions* options, db::SessionLock* lock, EntryCopier* copier)
      : options_(options), lock_(lock), copier_(copier) {}

  // One window. REQUIRES: the lock has been acquired; an error of Postgres, or the lock's loss, is the result's status.
  absl::StatusOr<WalkReport> Step();

  // Whether PUTs may be under way, or have been made, that nobody has written a receipt of. REQUIRES and errors as
  // Step.
  absl::StatusOr<bool> HasOpenAttempts() const;

  // Tries some findings again, those tried longest ago first. Stops at the first that the store has no answer for.
  absl::Status Sweep();

 private:
  struct Window;
  absl::StatusOr<Window> ReadWindow();
  bool CopyWindow(const Window& window);  // whether the store took one
  void PassStubborn(const Window& window);
  absl::Status WriteSettled(const Window& window, WalkReport& report);
  absl::Status SweepOne(const db::MirrorFinding& finding);

  const MirrorOptions* const options_;
  db::SessionLock* const lock_;
  EntryCopier* const copier_;

  // What is known of entries at and beyond the cursor. Facts, whoever has the lock: an object of ours lies there.
  std::map<int64_t, EntryResult> results_;
  // How often an entry failed while others had succeeded.
  std::map<int64_t, int> failure_counts_;
};

}  // namespace affidavit::mirror
