// AppendStore without Postgres: one MemoryLog is the database, each MemoryAppendStore a connection to it. Passes the
// same contract suite as the real one (tests/contract/append_store_contract.h), runs under TSan, and fails where a test
// says so.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "absl/status/statusor.h"
#include "db/append_store.h"

namespace affidavit::testing {

class MemoryAppendStore;

// Thread-safe. Outlives its stores.
class MemoryLog {
 public:
  enum class Step { kReserve, kBegin, kIntegrate, kCommit };

  struct Entry {
    LeafFields fields;
    std::string leaf;
    Digest leaf_hash{};
    std::string payload;
    std::string payload_error;
    int64_t payload_id = 0;
  };

  // Kind (excluded for quarantined, too: they share one), source, event id and digest, as far as the kind's identity
  // has them.
  using Identity = std::tuple<EntryKind, std::string, std::string, Digest>;

  // The next call of `step` by any store fails with `error`. `Persisted::kYes` (for kCommit): it took place
  // nevertheless. Several failures of a step are used up in order.
  enum class Persisted { kNo, kYes };
  void FailNext(Step step, absl::Status error, Persisted persisted = Persisted::kNo);

  // The SQLSTATE with which to refuse an entry's payload in Integrate, or "". Default: what holds the number 1e400000
  // is 22003.
  void RefusePayloads(std::function<std::string(const db::NewEntry&)> refusal);

  // Called without any lock of MemoryLog when a store has just finished `step`: for tests that want to stop inside a
  // run.
  void OnStep(std::function<void(Step)> hook);

  // Moves the database's clock away from the wall clock.
  void SetDatabaseTime(std::optional<TimePoint> time);
  void SetLockTimeout(std::chrono::milliseconds timeout);

  // By leaf_index.
  std::vector<Entry> Entries() const;
  int commit_count() const;

  std::unique_ptr<db::AppendStore> Connect();

 private:
  friend class MemoryAppendStore;
  struct Failure {
    absl::Status error;
    Persisted persisted;
  };

  std::optional<Failure> TakeFailure(Step step);
  void Finished(Step step);
  std::vector<db::FoundEntry> LookUp(std::span<const db::LookupKey> keys) const;  // REQUIRES: mutex_ held

  mutable std::mutex mutex_;
  // Below: guarded by mutex_.
  std::condition_variable lock_freed_;
  const MemoryAppendStore* lock_holder_ = nullptr;
  std::vector<Entry> entries_;
  std::map<Identity, size_t> by_identity_;
  int64_t next_payload_id_ = 1;
  int commit_count_ = 0;
  std::optional<TimePoint> database_time_;
  std::chrono::milliseconds lock_timeout_{4'000};
  std::map<Step, std::vector<Failure>> failures_;
  std::function<std::string(const db::NewEntry&)> refusal_;
  std::function<void(Step)> hook_;
};

}  // namespace affidavit::testing
