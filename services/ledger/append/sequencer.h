// The single sequencer of a ledger process: what stores entries, in the order of the log. Calls queue, lanes batch and
// append; the log's lock in the database puts lanes and other ledgers in one order. Free of gRPC. Thread-safe.
//
// Life: running -> draining (Stop: new calls are refused, queued ones are finished) -> stopped.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "services/ledger/append/append_queue.h"
#include "services/ledger/append/lane.h"
#include "services/ledger/append/observer.h"

namespace affidavit::ledger {

struct SequencerOptions {
  int lane_count = 2;  // append transactions that overlap: one fills payloads while another holds the lock
  QueueLimits queue;
  LaneOptions lane;
};

class Sequencer {
 public:
  using StoreFactory = std::function<std::unique_ptr<db::AppendStore>()>;

  // Starts the lanes. `observer` outlives the sequencer.
  Sequencer(SequencerOptions options, const StoreFactory& make_store, SequencerObserver* observer);
  ~Sequencer();  // Stop without waiting
  Sequencer(const Sequencer&) = delete;
  Sequencer& operator=(const Sequencer&) = delete;

  // Queues `entries` (at least one); Wait on the call for their answers.
  // RESOURCE_EXHAUSTED: the queue is full. UNAVAILABLE: draining.
  absl::StatusOr<std::shared_ptr<AppendCall>> Submit(std::vector<PreparedEntry> entries, AppendCall::Deadline deadline);

  // Refuses new calls, finishes what is queued for at most `drain_time`, refuses the rest, ends the lanes. A lane in
  // the middle of a transaction is waited for beyond that: the store's own timeouts bound it.
  void Stop(std::chrono::milliseconds drain_time);

 private:
  void RunLane(Lane& lane);

  AppendQueue queue_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::vector<std::thread> threads_;

  std::mutex mutex_;
  std::condition_variable lane_ended_;
  int running_count_;  // guarded by mutex_
};

}  // namespace affidavit::ledger
