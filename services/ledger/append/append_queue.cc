#include "services/ledger/append/append_queue.h"

#include <utility>

namespace affidavit::ledger {
namespace {

int64_t BytesOf(const PreparedEntry& prepared) {
  return static_cast<int64_t>(prepared.entry.payload.size() + prepared.entry.leaf.size());
}

}  // namespace

AppendQueue::AppendQueue(QueueLimits limits, OnChange on_change) : limits_(limits), on_change_(std::move(on_change)) {}

AppendQueue::PushResult AppendQueue::Push(const std::shared_ptr<AppendCall>& call) {
  const auto count = static_cast<int64_t>(call->size());
  int64_t bytes = 0;
  for (size_t i = 0; i < call->size(); ++i) {
    bytes += BytesOf(call->entry(i));
  }
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (closed_) {
      return PushResult::kClosed;
    }
    const auto queued = static_cast<int64_t>(entries_.size());
    if (queued > 0 && (queued + count > limits_.count_max || bytes_ + bytes > limits_.bytes_max)) {
      return PushResult::kFull;
    }
    for (size_t i = 0; i < call->size(); ++i) {
      entries_.push_back({call, i});
    }
    bytes_ += bytes;
    NoteChange();
  }
  filled_.notify_one();
  return PushResult::kQueued;
}

std::vector<QueuedEntry> AppendQueue::Take(BatchLimits limits) {
  std::vector<QueuedEntry> batch;
  bool more = false;
  {
    std::unique_lock<std::mutex> lock(mutex_);
    filled_.wait(lock, [this] { return !entries_.empty() || closed_; });
    int64_t bytes = 0;
    while (!entries_.empty() && batch.size() < static_cast<size_t>(limits.count_max)) {
      const int64_t next = BytesOf(entries_.front().prepared());
      if (!batch.empty() && bytes + next > limits.bytes_max) {
        break;
      }
      bytes += next;
      batch.push_back(std::move(entries_.front()));
      entries_.pop_front();
    }
    bytes_ -= bytes;
    more = !entries_.empty();
    NoteChange();
  }
  if (more) {
    filled_.notify_one();  // one push of many entries may feed several lanes
  }
  return batch;
}

bool AppendQueue::PauseUntil(std::chrono::steady_clock::time_point time) {
  std::unique_lock<std::mutex> lock(mutex_);
  return !stopped_.wait_until(lock, time, [this] { return aborted_; });
}

void AppendQueue::Close() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    closed_ = true;
  }
  filled_.notify_all();
}

void AppendQueue::Abort() {
  std::deque<QueuedEntry> rest;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    closed_ = aborted_ = true;
    rest.swap(entries_);
    bytes_ = 0;
    NoteChange();
  }
  filled_.notify_all();
  stopped_.notify_all();
  for (const QueuedEntry& queued : rest) {
    queued.call->Answer(queued.index, Refused(Refusal::kDraining));
  }
}

void AppendQueue::NoteChange() {
  if (on_change_) {
    on_change_(static_cast<int64_t>(entries_.size()), bytes_);
  }
}

}  // namespace affidavit::ledger
