// The bounded queue between calls and lanes. It rejects when full, and lanes take all that is there up to a batch's
// limits, so that batches grow under load by themselves and nothing waits for a timer. Thread-safe.
//
// States: open -> closed (Close: nothing more comes in, lanes empty it) -> aborted (Abort: what is left is refused).
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "services/ledger/append/append_call.h"

namespace affidavit::ledger {

struct QueueLimits {
  int count_max = 8192;
  int64_t bytes_max = 128 << 20;
};

struct BatchLimits {
  int count_max = 512;
  int64_t bytes_max = 8 << 20;
};

struct QueuedEntry {
  std::shared_ptr<AppendCall> call;
  size_t index = 0;

  PreparedEntry& prepared() const { return call->entry(index); }
};

class AppendQueue {
 public:
  // `on_change` is told the new depth with the queue's lock held: it must be quick and not call back.
  using OnChange = std::function<void(int64_t count, int64_t bytes)>;
  AppendQueue(QueueLimits limits, OnChange on_change);

  enum class PushResult { kQueued, kFull, kClosed };
  // All of the call's entries or none. An empty queue takes any call, so that none is too large for ever.
  PushResult Push(const std::shared_ptr<AppendCall>& call);

  // Waits for entries; at least one, and as many as the limits allow. Empty: closed and emptied, the lane ends.
  std::vector<QueuedEntry> Take(BatchLimits limits);

  // Waits until `time`; false at once when the queue is aborted, for a lane must not retry any longer.
  bool PauseUntil(std::chrono::steady_clock::time_point time);

  void Close();
  // Answers what is still queued with kDraining.
  void Abort();

 private:
  void NoteChange();  // REQUIRES: mutex_ held

  const QueueLimits limits_;
  const OnChange on_change_;

  std::mutex mutex_;
  std::condition_variable filled_;   // entries came in, or closed
  std::condition_variable stopped_;  // aborted
  std::deque<QueuedEntry> entries_;  // guarded by mutex_
  int64_t bytes_ = 0;                // guarded by mutex_
  bool closed_ = false;              // guarded by mutex_
  bool aborted_ = false;             // guarded by mutex_
};

}  // namespace affidavit::ledger
