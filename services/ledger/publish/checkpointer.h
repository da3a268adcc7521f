// Signs a checkpoint over what was appended since the last one, and watches that the database still extends what was
// signed. Several ledgers on one database each run one; a Postgres advisory lock lets one sign at a time.
//
// One look at the database is one short transaction:
//   1. Does the database extend the guard (the last checkpoint this process knows, kept in a file out of a restore's
//      reach) and its own newest checkpoint? If not it was rolled back: the gate closes, nothing is signed.
//   2. If something is new and nobody else signs: prove that the tree extends the last checkpoint, sign, insert,
//   COMMIT.
//   3. Write the guard, raise the gate's tree_size_min.
// What a crash means: before the COMMIT nobody has seen the checkpoint; after it, before the guard is written, the
// guard is behind, which the database extends: the next look writes it. A guard that cannot be written stops the
// signing, so that it is never more than one checkpoint behind.
//
// One thread's world.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "core/checkpoint/checkpoint.h"
#include "db/connection_pool.h"
#include "db/publishing.h"
#include "services/ledger/publish/append_gate.h"
#include "services/ledger/publish/guard_file.h"
#include "services/ledger/publish/log_signers.h"
#include "services/ledger/publish/publish_report.h"

namespace affidavit::ledger {

struct CheckpointerOptions {
  std::string guard_file;
  bool require_witness = false;
  std::chrono::seconds witness_deadline{60};
};

class Checkpointer {
 public:
  // All pointers outlive it. Closes the gate until the first look.
  Checkpointer(CheckpointerOptions options, const LogSigners* signers, db::ConnectionPool* pool, AppendGate* gate);

  // One look, and a checkpoint if there is something new. Opens or closes the gate by what it found: a log that was
  // rolled back is no error of this call. FAILED_PRECONDITION: this database belongs to another log, or keys or guard
  // do not belong to this one. UNAVAILABLE leaves the gate as it is.
  absl::Status RunOnce();

 private:
  struct SignedCheckpoint {
    std::string note;
    Checkpoint checkpoint;
  };
  // What one look found.
  struct Look {
    std::string rolled_back;  // why; empty: it was not
    std::optional<SignedCheckpoint> newest;
    bool is_new = false;            // signed by this look
    bool guard_superseded = false;  // by a new incarnation
    bool witness_overdue = false;
  };

  absl::Status LoadGuard();
  absl::Status KeepGuard();
  absl::Status RunLook(Look& look);
  absl::Status Examine(db::Transaction& transaction, Look& look) const;
  // The guard's and the newest checkpoint's standing.
  absl::Status CheckStanding(db::Transaction& transaction, Look& look) const;
  absl::Status ReadNewest(db::Transaction& transaction, const std::string& origin, Look& look) const;
  absl::Status SignNew(db::Transaction& transaction, int origin_number, Look& look) const;
  absl::Status ProveExtends(db::Transaction& transaction, const Checkpoint& last, const Checkpoint& next) const;
  absl::Status Conclude(const Look& look);
  void SetGate(const absl::Status& status, const Look& look);

  // Constant after construction.
  const CheckpointerOptions options_;
  const GuardFile guard_file_;
  const LogSigners* const signers_;
  db::ConnectionPool* const pool_;
  AppendGate* const gate_;

  bool guard_loaded_ = false;
  std::optional<SignedCheckpoint> guard_;   // as the file has it
  std::optional<SignedCheckpoint> unkept_;  // committed, and not in the file yet
  PublishReport report_;
};

}  // namespace affidavit::ledger
