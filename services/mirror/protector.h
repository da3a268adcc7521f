// The steps of a protection job. Two things are done, by receipts of the mirror, which are numbered in the order of
// their commits:
//   1. The tail: each new receipt is compared, once it is there, with all that governance says. So nothing slips
//      through between an act and a copy that was under way when it was folded.
//   2. A job an act: the receipts that the tail had passed when the act was folded are looked at again.
// Each object is brought to what governance as a whole says of it, so that acts may be worked through in any order and
// more than once: a hold goes only when no other binds the object. What a crash means: the page is done again. A hold
// that somebody set out to change is in doubt until that is known to be done, and is set anew. One thread's world.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "db/protection_store.h"
#include "db/session_lock.h"
#include "services/mirror/protection_job.h"
#include "services/mirror/task_threads.h"

namespace affidavit::mirror {

class Protector {
 public:
  // All outlive it. `check`: whether a request may begin; thread-safe.
  Protector(const ProtectionJobOptions* options, db::SessionLock* lock, objectstore::ObjectStore* store,
            std::function<absl::Status()> check);

  // One page. True: there is more to do at once. REQUIRES: the lock has been acquired. An error of Postgres or of the
  // store, the lock's loss, or what `check` says is the result's status: the page is done again.
  absl::StatusOr<bool> Step();

  // Objects whose lock or hold was changed since the start.
  int64_t changed_count() const { return changed_count_; }

 private:
  enum class Page { kNone, kTail, kJob, kFindings };
  struct Work;

  absl::StatusOr<Work> ReadWork();
  void ReadPage(db::Transaction& transaction, Work& work) const;
  absl::Status Apply(Work& work);
  absl::Status ApplyOne(const db::ProtectedObject& object, const EntryProtection& wanted);
  bool IsDisposed(const db::ProtectedObject& object, const absl::Status& status) const;
  absl::Status Write(const Work& work);

  const ProtectionJobOptions* const options_;
  db::SessionLock* const lock_;
  objectstore::ObjectStore* const store_;
  const std::function<absl::Status()> check_;
  TaskThreads threads_;
  int64_t changed_count_ = 0;
};

}  // namespace affidavit::mirror
