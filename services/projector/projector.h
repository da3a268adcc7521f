// Folds the log into the projections of db/facts_store.h, step by step, each written in one transaction: after a crash
// the next step begins where the last one that was committed ended. Used by one thread at a time; which process folds,
// a lock of Postgres decides.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "db/facts_store.h"
#include "db/mirror_store.h"
#include "db/session_lock.h"
#include "services/projector/fold.h"
#include "services/projector/notices.h"

namespace affidavit::projector {

// The name of the lock that whoever folds holds.
inline constexpr char kFactsLockName[] = "affidavit.facts";

enum class Alerting { kNo, kYes };

class Projector {
 public:
  // `lock` outlives it.
  Projector(FoldOptions options, Alerting alerting, db::SessionLock* lock);

  struct Outcome {
    int64_t folded_count = 0;
    bool has_more = false;       // the limits of a step ended it, not the log's end
    db::FactsProgress progress;  // after it
  };
  // Folds the next entries, at most 1,000, about 4 MiB of payload and two seconds. REQUIRES: the lock was acquired;
  // UNAVAILABLE when it is lost. After any error the next step begins with what Postgres has. Entries that are damaged
  // are logged by leaf_index and passed: what their leaf says is folded where only the payload is.
  absl::StatusOr<Outcome> Step();

 private:
  absl::StatusOr<Outcome> TryStep();

  // What a step is made of. It is folded outside any transaction, however long a schema takes over a payload: Postgres
  // ends sessions that idle inside one.
  struct Batch {
    db::FactsProgress progress;
    std::vector<db::MirrorEntry> entries;
  };
  absl::Status ReadBatch(db::Transaction& transaction, Batch& batch);
  // Makes what is remembered what the tables say.
  void Load(db::Transaction& transaction, int64_t cursor);
  void Report(const FoldedStep& folded);

  const Alerting alerting_;
  db::SessionLock* const lock_;
  Fold fold_;
  Notices notices_;
  int entries_max_;     // of the next step: less after one that failed, for it may have been too much at once
  int64_t next_ = -1;   // where the next step begins; -1: what is remembered may not be what the tables say
  int64_t seen_ = 0;    // the furthest that this process has folded to, or found folded
  bool is_new_ = true;  // nothing was loaded yet
  FoldedStep last_;     // the step whose commit is under way, or in doubt
};

}  // namespace affidavit::projector
