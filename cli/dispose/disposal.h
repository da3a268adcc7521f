// Disposes of the payloads of one partition whose time is over, step by step: what stays is chosen and copied beside,
// the log is told, the objects go, then the partition, and the log is told again. Every step repeats safely, so that a
// run that was cut short anywhere is finished by running it again. One thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/time.h"
#include "core/retention/act.h"
#include "db/connection.h"
#include "services/objectstore/object_store.h"

namespace affidavit::cli {

struct DisposalOptions {
  TimePoint cutoff;
  std::string actor, reason;
  std::chrono::milliseconds pause{1'000};  // before a step is tried again
  int attempts_max = 5;                    // of a step that others keep from being done
};

// What a disposal is done with. All of them must outlive it.
struct DisposalMeans {
  // Also as that role, with limits of time: appends wait for what it does, and must not wait for long.
  db::Connection* finisher = nullptr;
  db::Connection* database = nullptr;         // as role affidavit_dispose
  objectstore::ObjectStore* store = nullptr;  // nullptr: none; what was mirrored is then refused
  // Appends a governance entry, or finds the one with the same key; its leaf_index.
  std::function<absl::StatusOr<int64_t>(const GovernanceRecord& record)> append;
  // Before each effect that cannot be undone: not OK stops the disposal there.
  std::function<absl::Status()> check;
  std::function<void(int64_t object_count)> on_progress;  // objects dealt with so far
};

struct DisposalResult {
  std::string partition_name;
  int64_t disposed_count = 0, kept_count = 0, held_count = 0;
  int64_t deleted_object_count = 0, absent_object_count = 0;  // absent: gone before, in a run that was cut short
  int64_t intent_leaf_index = -1, complete_leaf_index = -1;
  // Objects that the store does not give up, at most ten of them by name: then the partition stays, too.
  int64_t refused_object_count = 0;
  std::vector<std::string> refused_objects;

  bool IsComplete() const { return complete_leaf_index >= 0; }
};

// Tells the log of partitions that went in a run that was cut short before it could. How many.
absl::StatusOr<int> ConcludeDisposals(const DisposalOptions& options, const DisposalMeans& means);

// The partition must have something that is over. Errors of the database, the ledger and the store, which leave a
// disposal that can be run again; a refusal of the store is a result.
absl::StatusOr<DisposalResult> DisposeOfPartition(const std::string& partition_name, const DisposalOptions& options,
                                                  const DisposalMeans& means);

}  // namespace affidavit::cli
