#include "services/ledger/publish/checkpointer.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/checkpoint/incarnation.h"
#include "core/merkle/proof.h"
#include "core/merkle/verify.h"
#include "db/entry_reader.h"
#include "db/log_store.h"
#include "db/state.h"
#include "ops/log.h"

namespace affidavit::ledger {

Checkpointer::Checkpointer(CheckpointerOptions options, const LogSigners* signers, db::ConnectionPool* pool,
                           AppendGate* gate)
    : options_(std::move(options)), guard_file_(options_.guard_file), signers_(signers), pool_(pool), gate_(gate) {
  gate_->Close(absl::UnavailableError("the log has not been checked against its last checkpoint yet"));
}

absl::Status Checkpointer::RunOnce() {
  Look look;
  absl::Status status = RunLook(look);
  if (status.ok() && look.rolled_back.empty()) {
    status = Conclude(look);
  }
  SetGate(status, look);
  return status;
}

absl::Status Checkpointer::RunLook(Look& look) {
  RETURN_IF_ERROR(LoadGuard());
  RETURN_IF_ERROR(KeepGuard());
  absl::Status examined;
  const absl::Status status = pool_->Transact([&](db::Transaction& transaction) {
    look = Look();  // the pool runs this again when a connection turns out to be broken
    return examined = Examine(transaction, look);
  });
  // A commit of unknown outcome: the next look finds the checkpoint, or signs again.
  return examined.ok() && absl::IsDataLoss(status) ? absl::UnavailableError(status.message()) : status;
}

absl::Status Checkpointer::LoadGuard() {
  if (guard_loaded_) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(std::optional<std::string> note, guard_file_.Read());
  if (note) {
    absl::StatusOr<Checkpoint> checkpoint = signers_->Verify(*note);
    if (!checkpoint.ok()) {
      return absl::FailedPreconditionError(
          absl::StrCat(guard_file_.path(), " is ", std::string(checkpoint.status().message())));
    }
    guard_ = {.note = *std::move(note), .checkpoint = *std::move(checkpoint)};
  }
  guard_loaded_ = true;
  return absl::OkStatus();
}

absl::Status Checkpointer::KeepGuard() {
  if (unkept_) {
    RETURN_IF_ERROR(guard_file_.Write(unkept_->note));
    guard_ = std::exchange(unkept_, std::nullopt);
  }
  return absl::OkStatus();
}

absl::Status Checkpointer::Examine(db::Transaction& transaction, Look& look) const {
  // Before anything is read: what another has signed by now is then seen.
  const bool may_sign = db::TryLockPublishing(transaction);
  const std::optional<db::StoredOrigin> current = db::ReadCurrentOrigin(transaction);
  const int number = current ? current->number : 1;
  const std::string origin = IncarnationOrigin(signers_->origin(), number);
  if (current && current->origin != origin) {
    return absl::FailedPreconditionError(
        absl::StrCat("signing.origin is ", signers_->origin(), ", and the database holds the log ", current->origin));
  }
  RETURN_IF_ERROR(ReadNewest(transaction, origin, look));
  RETURN_IF_ERROR(CheckStanding(transaction, look));
  if (!look.rolled_back.empty()) {
    return absl::OkStatus();
  }
  if (guard_ && guard_->checkpoint.origin == origin &&
      (!look.newest || look.newest->checkpoint.tree_size < guard_->checkpoint.tree_size)) {
    // The restored database has every entry, and has lost the checkpoint: it was published, so it comes back.
    look.newest = guard_;
    if (may_sign) {
      db::InsertCheckpoint(transaction, {.origin = origin,
                                         .tree_size = static_cast<int64_t>(guard_->checkpoint.tree_size),
                                         .root_hash = guard_->checkpoint.root_hash,
                                         .signed_note = guard_->note,
                                         .sign_time = {}});
    }
  }
  if (may_sign) {
    RETURN_IF_ERROR(SignNew(transaction, number, look));
  }
  if (options_.require_witness) {
    const std::optional<TimePoint> since = db::ReadUncosignedSince(transaction, origin);
    look.witness_overdue = since && db::ReadDatabaseTime(transaction) - *since > options_.witness_deadline;
  }
  return absl::OkStatus();
}

absl::Status Checkpointer::ReadNewest(db::Transaction& transaction, const std::string& origin, Look& look) const {
  std::optional<db::StoredCheckpoint> stored = db::ReadNewestCheckpoint(transaction, origin);
  if (!stored) {
    return absl::OkStatus();
  }
  if (guard_ && guard_->note == stored->signed_note) {
    look.newest = guard_;
    return absl::OkStatus();
  }
  absl::StatusOr<Checkpoint> checkpoint = signers_->Verify(stored->signed_note);
  if (!checkpoint.ok()) {
    return absl::FailedPreconditionError(
        absl::StrCat("the database's newest checkpoint is ", std::string(checkpoint.status().message())));
  }
  if (checkpoint->origin != stored->origin || static_cast<int64_t>(checkpoint->tree_size) != stored->tree_size ||
      checkpoint->root_hash != stored->root_hash) {
    return absl::DataLossError("the columns of the newest checkpoint are not what it says: run `affidavit fsck`");
  }
  look.newest = {.note = std::move(stored->signed_note), .checkpoint = *std::move(checkpoint)};
  return absl::OkStatus();
}

absl::Status Checkpointer::CheckStanding(db::Transaction& transaction, Look& look) const {
  if (guard_) {
    ASSIGN_OR_RETURN(db::StandingFinding finding, db::ReadStanding(transaction, guard_->checkpoint));
    look.guard_superseded = finding.standing == db::Standing::kSuperseded;
    look.rolled_back = std::move(finding.why);
  }
  if (look.rolled_back.empty() && look.newest && (!guard_ || look.newest->note != guard_->note)) {
    ASSIGN_OR_RETURN(db::StandingFinding finding, db::ReadStanding(transaction, look.newest->checkpoint));
    look.rolled_back = std::move(finding.why);
  }
  return absl::OkStatus();
}

absl::Status Checkpointer::SignNew(db::Transaction& transaction, int origin_number, Look& look) const {
  Checkpoint next{.origin = IncarnationOrigin(signers_->origin(), origin_number),
                  .tree_size = static_cast<uint64_t>(db::ReadTreeSize(transaction)),
                  .root_hash = {},
                  .extensions = {}};
  if (next.tree_size == (look.newest ? look.newest->checkpoint.tree_size : 0)) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(next.root_hash, db::ReadRoot(transaction, next.tree_size));
  if (look.newest) {
    RETURN_IF_ERROR(ProveExtends(transaction, look.newest->checkpoint, next));
  }
  ASSIGN_OR_RETURN(std::string note, signers_->Sign(next));
  if (origin_number == 1) {
    db::OpenOrigin(transaction, next.origin, "");
  }
  db::InsertCheckpoint(transaction, {.origin = next.origin,
                                     .tree_size = static_cast<int64_t>(next.tree_size),
                                     .root_hash = next.root_hash,
                                     .signed_note = note,
                                     .sign_time = {}});
  look.newest = {.note = std::move(note), .checkpoint = std::move(next)};
  look.is_new = true;
  return absl::OkStatus();
}

absl::Status Checkpointer::ProveExtends(db::Transaction& transaction, const Checkpoint& last,
                                        const Checkpoint& next) const {
  ASSIGN_OR_RETURN(const ProofPlan plan, PlanConsistency(last.tree_size, next.tree_size));
  ASSIGN_OR_RETURN(const std::vector<Digest> proof, db::ReadProof(transaction, plan, next.tree_size));
  const absl::Status proved = VerifyConsistency(last.tree_size, next.tree_size, last.root_hash, next.root_hash, proof);
  return proved.ok() ? proved
                     : absl::DataLossError("the tree does not extend the last checkpoint: run `affidavit fsck`");
}

absl::Status Checkpointer::Conclude(const Look& look) {
  if (look.guard_superseded) {
    gate_->ResetTreeSizeMin(0);
  }
  if (!look.newest) {
    return absl::OkStatus();
  }
  gate_->RaiseTreeSizeMin(static_cast<int64_t>(look.newest->checkpoint.tree_size));
  report_.Published(look.newest->checkpoint, look.is_new);
  if (guard_ && guard_->note == look.newest->note) {
    return absl::OkStatus();
  }
  if (!guard_ && !look.is_new) {
    ops::LogWarning("no guard file: made anew from the database's newest checkpoint",
                    {{"guard_file", guard_file_.path()}, {"tree_size", look.newest->checkpoint.tree_size}});
  }
  unkept_ = look.newest;
  return KeepGuard();
}

void Checkpointer::SetGate(const absl::Status& status, const Look& look) {
  report_.Looked(status, look.rolled_back);
  switch (status.code()) {
    case absl::StatusCode::kOk:
      break;
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kDataLoss:
      // Not what `affidavit recover` helps against, so not FAILED_PRECONDITION.
      return gate_->Close(absl::InternalError(status.message()));
    default:
      return;
  }
  if (!look.rolled_back.empty()) {
    gate_->Close(absl::FailedPreconditionError(look.rolled_back));
  } else if (look.witness_overdue) {
    gate_->Close(absl::UnavailableError(absl::StrCat("no witness has cosigned a checkpoint for ",
                                                     options_.witness_deadline.count(), " s, and one is required")));
  } else {
    gate_->Open();
  }
}

}  // namespace affidavit::ledger
