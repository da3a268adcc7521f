#include "services/ledger/append/sequencer.h"

#include <utility>

namespace affidavit::ledger {

Sequencer::Sequencer(SequencerOptions options, const StoreFactory& make_store, SequencerObserver* observer)
    : queue_(options.queue, [observer](int64_t count, int64_t bytes) { observer->OnQueue(count, bytes); }),
      running_count_(options.lane_count) {
  for (int i = 0; i < options.lane_count; ++i) {
    lanes_.push_back(std::make_unique<Lane>(make_store(), options.lane, &queue_, observer));
  }
  for (const std::unique_ptr<Lane>& lane : lanes_) {
    threads_.emplace_back([this, &lane = *lane] { RunLane(lane); });
  }
}

Sequencer::~Sequencer() {
  Stop(std::chrono::milliseconds(0));
}

absl::StatusOr<std::shared_ptr<AppendCall>> Sequencer::Submit(std::vector<PreparedEntry> entries,
                                                              AppendCall::Deadline deadline) {
  auto call = std::make_shared<AppendCall>(std::move(entries), deadline);
  switch (queue_.Push(call)) {
    case AppendQueue::PushResult::kQueued:
      return call;
    case AppendQueue::PushResult::kFull:
      return absl::ResourceExhaustedError("the append queue is full");
    case AppendQueue::PushResult::kClosed:
      break;
  }
  return absl::UnavailableError("the ledger is stopping");
}

void Sequencer::Stop(std::chrono::milliseconds drain_time) {
  queue_.Close();
  {
    std::unique_lock<std::mutex> lock(mutex_);
    lane_ended_.wait_until(lock, std::chrono::steady_clock::now() + drain_time, [this] { return running_count_ == 0; });
  }
  queue_.Abort();
  for (std::thread& thread : threads_) {
    thread.join();
  }
  threads_.clear();
}

void Sequencer::RunLane(Lane& lane) {
  lane.Run();
  const std::lock_guard<std::mutex> lock(mutex_);
  --running_count_;
  lane_ended_.notify_all();
}

}  // namespace affidavit::ledger
