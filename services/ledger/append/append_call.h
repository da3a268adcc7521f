// One submitted call: its entries, and their answers as lanes give them. Thread-safe, except that an entry is touched
// only by the lane that took it from the queue.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <vector>

#include "services/ledger/append/outcome.h"
#include "services/ledger/append/prepare.h"

namespace affidavit::ledger {

class AppendCall {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  AppendCall(std::vector<PreparedEntry> entries, Deadline deadline);

  Deadline deadline() const { return deadline_; }
  size_t size() const { return entries_.size(); }
  PreparedEntry& entry(size_t index) { return entries_[index]; }

  // The first answer counts.
  void Answer(size_t index, const AppendAnswer& answer);

  // One answer an entry, once all are there or the deadline has passed. What has none by then is refused with
  // kCommitUnknown: a lane may have it in its hands, and goes on with it.
  std::vector<AppendAnswer> Wait();

 private:
  // Constant after construction.
  const Deadline deadline_;
  std::vector<PreparedEntry> entries_;

  std::mutex mutex_;
  std::condition_variable all_answered_;
  std::vector<AppendAnswer> answers_;  // guarded by mutex_
  std::vector<bool> answered_;         // guarded by mutex_
  size_t unanswered_count_;            // guarded by mutex_
};

}  // namespace affidavit::ledger
