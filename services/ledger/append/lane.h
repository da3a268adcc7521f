// One lane: a thread that takes batches from the queue and runs the append transaction on a connection of its own, as
// often as it takes to know what became of every entry, or until the entries' deadlines. One lane is one thread's
// world.
//
// One run (db/append_store.h):  Begin: look up -> Classify -> Integrate: payloads, lock, look up again -> Commit ->
// answer. What a crash means: before Commit nothing is stored; during Commit the log has all of the run's new entries
// or none, and the sender, unanswered, sends them again and is answered from the look-up.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <span>
#include <vector>

#include "db/append_store.h"
#include "services/ledger/append/append_queue.h"
#include "services/ledger/append/classify.h"
#include "services/ledger/append/observer.h"

namespace affidavit::ledger {

struct LaneOptions {
  BatchLimits batch;
  std::chrono::seconds clock_skew_max{5};
  std::chrono::milliseconds backoff_min{10};
  std::chrono::milliseconds backoff_max{500};
  // What the log's size must not be below once its lock is held: what comes then is refused. Thread-safe, quick;
  // none: any size is right.
  std::function<int64_t()> tree_size_min;
};

class Lane {
 public:
  // `queue` and `observer` outlive the lane.
  Lane(std::unique_ptr<db::AppendStore> store, LaneOptions options, AppendQueue* queue, SequencerObserver* observer);

  // Until the queue is closed and empty.
  void Run();

 private:
  struct Held : LaneEntry {
    QueuedEntry queued;
  };
  using Group = std::vector<Held*>;

  void Append(std::vector<QueuedEntry> batch);
  // Answers every entry of `group`. `in_doubt`: an earlier run of these may have been committed.
  void AppendGroup(Group group, bool in_doubt);
  absl::Status RunOnce(const Group& group, db::BeginOptions options);
  absl::Status AssignPayloadIds(const Group& group);
  // A group that Postgres refused for its data: halves run alone; a single entry is stored raw only, or refused.
  void Isolate(const Group& group, bool in_doubt, const absl::Status& refusal);
  void AnswerFromPlan(const Group& group, const Plan& plan, int64_t tree_size);
  void RefuseAll(const Group& group, Refusal refusal);
  // Takes what is past its deadline out of `group`, answered.
  void DropOverdue(Group& group, bool in_doubt);
  // False: stop retrying, the queue was aborted.
  bool BackOff(int failure_count);

  const std::unique_ptr<db::AppendStore> store_;
  const LaneOptions options_;
  AppendQueue* const queue_;
  SequencerObserver* const observer_;
  db::AppendStore::IdBlock payload_ids_{0, 0};  // what is left of the reserved block
  std::minstd_rand random_;
};

}  // namespace affidavit::ledger
