// Waits for a checkpoint to be published, by whichever ledger. However many calls wait, the database is asked once in
// each interval, by one of them, and no connection is held in between. Thread-safe.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>

#include "absl/status/statusor.h"

namespace affidavit::ledger {

struct CheckpointWatchOptions {
  std::chrono::milliseconds poll_interval{50};
  std::chrono::milliseconds failed_poll_interval{500};
  // Each waiter occupies a thread of the server: so many that others are not kept out.
  int waiter_count_max = 16;
};

class CheckpointWatch {
 public:
  using Clock = std::chrono::steady_clock;
  enum class Outcome { kReached, kTimeout, kBusy, kStopped };

  // `read_newest`: the size of the newest checkpoint, 0 without one; called without a lock.
  explicit CheckpointWatch(std::function<absl::StatusOr<int64_t>()> read_newest, CheckpointWatchOptions options = {});

  // Returns kReached once a reading that began after the call has found a checkpoint of at least `tree_size_min`;
  // kTimeout at the deadline, or soon after `is_cancelled` says so; kBusy at once when too many wait already.
  Outcome Wait(int64_t tree_size_min, Clock::time_point deadline, const std::function<bool()>& is_cancelled);

  // Ends all waits, now and later.
  void Stop();

 private:
  // One reading. `lock` is held before and after, not during.
  void Poll(std::unique_lock<std::mutex>& lock);
  Outcome WaitLocked(std::unique_lock<std::mutex>& lock, int64_t tree_size_min, Clock::time_point deadline,
                     const std::function<bool()>& is_cancelled);

  const std::function<absl::StatusOr<int64_t>()> read_newest_;
  const CheckpointWatchOptions options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  // All guarded by mutex_:
  int waiter_count_ = 0;
  bool stopped_ = false;
  bool polling_ = false;
  int64_t begun_poll_count_ = 0;
  int64_t newest_poll_ = 0;  // which poll, counted from 1, found newest_tree_size_
  int64_t newest_tree_size_ = 0;
  Clock::time_point next_poll_time_{};
};

}  // namespace affidavit::ledger
