// An AppendStore that fails where a table says so: a step that was not done and is reported failed, or that was done
// and is reported failed. Keeps the interface's promise that every error leaves the store idle, having rolled back.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <ostream>

#include "db/append_store.h"

namespace affidavit::testing {

enum class FaultStep { kReserve, kBegin, kIntegrate, kCommit, kRollback };
enum class FaultEffect { kNotDone, kDone };

struct Fault {
  FaultStep step;
  FaultEffect effect;
  absl::StatusCode code;
  int times;  // this many calls of the step in a row
};

std::ostream& operator<<(std::ostream& out, const Fault& fault);

// What is still to go wrong. Thread-safe.
class FaultPlan {
 public:
  void Arm(const Fault& fault);
  // The error for this call of `step`, used up by asking.
  std::optional<Fault> Take(FaultStep step);
  bool is_used_up() const;

 private:
  mutable std::mutex mutex_;
  std::optional<Fault> fault_;  // guarded by mutex_
};

// `plan` outlives the store.
std::unique_ptr<db::AppendStore> MakeFaultyAppendStore(std::unique_ptr<db::AppendStore> store, FaultPlan* plan);

}  // namespace affidavit::testing
