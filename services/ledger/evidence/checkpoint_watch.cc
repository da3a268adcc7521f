#include "services/ledger/evidence/checkpoint_watch.h"

#include <algorithm>
#include <utility>

namespace affidavit::ledger {

CheckpointWatch::CheckpointWatch(std::function<absl::StatusOr<int64_t>()> read_newest, CheckpointWatchOptions options)
    : read_newest_(std::move(read_newest)), options_(options) {}

CheckpointWatch::Outcome CheckpointWatch::Wait(int64_t tree_size_min, Clock::time_point deadline,
                                               const std::function<bool()>& is_cancelled) {
  std::unique_lock lock(mutex_);
  if (waiter_count_ >= options_.waiter_count_max) {
    return Outcome::kBusy;
  }
  ++waiter_count_;
  const Outcome outcome = WaitLocked(lock, tree_size_min, deadline, is_cancelled);
  --waiter_count_;
  return outcome;
}

CheckpointWatch::Outcome CheckpointWatch::WaitLocked(std::unique_lock<std::mutex>& lock, int64_t tree_size_min,
                                                     Clock::time_point deadline,
                                                     const std::function<bool()>& is_cancelled) {
  // What an earlier reading found may since have been rolled back: the caller, who has just looked, knows better.
  const int64_t known_poll_count = begun_poll_count_;
  while (true) {
    if (stopped_) {
      return Outcome::kStopped;
    }
    if (newest_poll_ > known_poll_count && newest_tree_size_ >= tree_size_min) {
      return Outcome::kReached;
    }
    const Clock::time_point now = Clock::now();
    if (now >= deadline || is_cancelled()) {
      return Outcome::kTimeout;
    }
    if (!polling_ && now >= next_poll_time_) {
      Poll(lock);
    } else {
      const Clock::time_point wake_time = polling_ ? now + options_.poll_interval : next_poll_time_;
      changed_.wait_until(lock, std::min(deadline, wake_time));
    }
  }
}

void CheckpointWatch::Poll(std::unique_lock<std::mutex>& lock) {
  polling_ = true;
  const int64_t poll = ++begun_poll_count_;
  lock.unlock();
  const absl::StatusOr<int64_t> newest = read_newest_();
  lock.lock();
  polling_ = false;
  if (newest.ok()) {
    newest_poll_ = poll;
    newest_tree_size_ = *newest;
  }
  next_poll_time_ = Clock::now() + (newest.ok() ? options_.poll_interval : options_.failed_poll_interval);
  changed_.notify_all();
}

void CheckpointWatch::Stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

}  // namespace affidavit::ledger
