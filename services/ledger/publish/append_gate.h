// Whether this process may append: closed while the database does not extend the last signed checkpoint, or while a
// required witness is silent. Shared by the append room's admission of calls, the lanes, readiness and the
// checkpointer. Thread-safe, no I/O.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>

#include "absl/status/status.h"

namespace affidavit::ledger {

class AppendGate {
 public:
  // OK, or FAILED_PRECONDITION (rolled back: an operator must act) or UNAVAILABLE (passes by itself), with what to do.
  absl::Status Check() const;

  void Close(absl::Status why);  // REQUIRES: not OK
  void Open();

  // The size of the newest checkpoint that this process knows: a log that is smaller under the log's lock was rolled
  // back, whatever Check says.
  int64_t tree_size_min() const { return tree_size_min_; }
  void RaiseTreeSizeMin(int64_t tree_size);
  // For a new incarnation, whose log is smaller than what was lost.
  void ResetTreeSizeMin(int64_t tree_size);

 private:
  mutable std::mutex mutex_;
  absl::Status why_;  // guarded by mutex_
  std::atomic<int64_t> tree_size_min_ = 0;
};

}  // namespace affidavit::ledger
