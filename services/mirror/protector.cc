#include "services/mirror/protector.h"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "db/governance_store.h"
#include "db/mirror_store.h"
#include "ops/alerts.h"
#include "ops/log.h"

namespace affidavit::mirror {
namespace {

// Few enough that a page's requests take seconds.
constexpr int64_t kReceiptsAtOnce = 1'000;
constexpr int kFindingsAtOnce = 100;

bool IsBoundBy(const db::ActScope& scope, const LeafFields& fields) {
  return std::visit([&](const auto& what) { return Binds(what, fields); }, scope);
}

bool ChangesHold(const db::ProtectedObject& object, const EntryProtection& wanted) {
  return object.hold_in_doubt || wanted.legal_hold != object.protection.legal_hold;
}

// Whether the trouble is this object's own: the others need not wait for it.
bool IsOwnTrouble(const absl::Status& status) {
  return absl::IsNotFound(status) || absl::IsInvalidArgument(status) || absl::IsDataLoss(status);
}

}  // namespace

struct Protector::Work {
  Page page = Page::kNone;
  bool more = false;  // even when the page is empty
  Governance governance;
  int64_t until_receipt_id = 0;   // where the page ends
  int64_t act_leaf_index = -1;    // of a job
  std::vector<int64_t> findings;  // receipts that are tried again

  // Objects that are not as they should be, what they should be, and what came of it.
  struct Change {
    db::ProtectedObject object;
    EntryProtection wanted;
    absl::Status status;
  };
  std::vector<Change> changes;

  // Compares, and remembers what differs. A lock that would be over by now asks for nothing.
  void Look(db::ProtectedObject object, TimePoint now) {
    EntryProtection wanted = ProtectionOf(object.fields, governance);
    if (wanted.retain_until <= object.protection.retain_until || wanted.retain_until <= now) {
      wanted.retain_until = object.protection.retain_until;
    }
    if (wanted != object.protection || object.hold_in_doubt) {
      changes.push_back({std::move(object), wanted, absl::OkStatus()});
    }
  }
};

Protector::Protector(const ProtectionJobOptions* options, db::SessionLock* lock, objectstore::ObjectStore* store,
                     std::function<absl::Status()> check)
    : options_(options),
      lock_(lock),
      store_(store),
      check_(std::move(check)),
      threads_(std::max(1, options->concurrency)) {}

absl::StatusOr<bool> Protector::Step() {
  ASSIGN_OR_RETURN(Work work, ReadWork());
  const absl::Status applied = Apply(work);
  if (!applied.ok()) {
    // What was done is written down, the page is not over.
    work.page = Page::kNone;
  }
  RETURN_IF_ERROR(Write(work));
  RETURN_IF_ERROR(applied);
  return work.more;
}

absl::StatusOr<Protector::Work> Protector::ReadWork() {
  Work work;
  RETURN_IF_ERROR(lock_->Transact([&](db::Transaction& transaction) -> absl::Status {
    work = {};
    ASSIGN_OR_RETURN(const db::GovernanceFold fold, db::FoldGovernance(transaction));
    work.more = fold.next_leaf_index < fold.tree_size;
    // In this order: what jobs are opened for, the tail need not look at again, but from here on it must.
    db::OpenProtectionJobs(transaction);
    work.governance = db::ReadGovernance(transaction);
    ReadPage(transaction, work);
    // Committed before the first request: should it never be known whether a hold was changed, it is in doubt.
    for (const Work::Change& change : work.changes) {
      if (ChangesHold(change.object, change.wanted)) {
        db::RecordHoldDoubt(transaction, change.object.receipt_id);
      }
    }
    return absl::OkStatus();
  }));
  return work;
}

void Protector::ReadPage(db::Transaction& transaction, Work& work) const {
  const TimePoint now = SystemClock().WallNow();
  const db::ProtectionTail tail = db::ReadProtectionTail(transaction);
  const int64_t receipt_count = db::ReadReceiptCount(transaction);
  if (tail.next_receipt_id < receipt_count) {
    work.page = Page::kTail;
    work.more = true;
    work.until_receipt_id = std::min(receipt_count, tail.next_receipt_id + kReceiptsAtOnce);
    for (auto& object : db::ListProtectedObjects(transaction, tail.next_receipt_id, work.until_receipt_id)) {
      work.Look(std::move(object), now);
    }
    return;
  }
  if (const auto job = db::ReadOpenProtectionJob(transaction)) {
    work.page = Page::kJob;
    work.more = true;
    work.act_leaf_index = job->act_leaf_index;
    const auto scope = db::FindActScope(transaction, job->act_leaf_index);
    if (!scope) {  // a longer policy took its place, and has a job of its own
      work.until_receipt_id = job->until_receipt_id;
      return;
    }
    work.until_receipt_id = std::min(job->until_receipt_id, job->next_receipt_id + kReceiptsAtOnce);
    for (auto& object : db::ListProtectedObjects(transaction, job->next_receipt_id, work.until_receipt_id)) {
      if (IsBoundBy(*scope, object.fields)) {
        work.Look(std::move(object), now);
      }
    }
    return;
  }
  work.page = Page::kFindings;
  work.findings = db::ListProtectionFindings(transaction, options_->retry_interval, kFindingsAtOnce);
  for (const int64_t receipt_id : work.findings) {
    for (auto& object : db::ListProtectedObjects(transaction, receipt_id, receipt_id + 1)) {
      work.Look(std::move(object), now);
    }
  }
}

absl::Status Protector::Apply(Work& work) {
  threads_.Run(work.changes.size(), [&](size_t i) {
    Work::Change& change = work.changes[i];
    change.status = ApplyOne(change.object, change.wanted);
  });
  for (const Work::Change& change : work.changes) {
    if (!change.status.ok() && !IsOwnTrouble(change.status)) {
      return change.status;
    }
  }
  return absl::OkStatus();
}

absl::Status Protector::ApplyOne(const db::ProtectedObject& object, const EntryProtection& wanted) {
  RETURN_IF_ERROR(check_());
  if (object.store != store_->Name()) {
    return absl::NotFoundError(absl::StrCat("it was copied to another store, ", object.store));
  }
  if (wanted.retain_until > object.protection.retain_until) {
    absl::Status extended = store_->ExtendRetention(object.object_key, object.version_id, wanted.retain_until);
    if (absl::IsPermissionDenied(extended)) {
      // Extended before a crash, by a store that takes the same date for a shortening.
      const auto info = store_->Head(object.object_key, object.version_id);
      if (info.ok() && info->retain_until.value_or(TimePoint()) >= wanted.retain_until) {
        extended = absl::OkStatus();
      }
    }
    RETURN_IF_ERROR(extended);
  }
  if (ChangesHold(object, wanted)) {
    RETURN_IF_ERROR(store_->SetLegalHold(object.object_key, object.version_id, wanted.legal_hold));
  }
  return absl::OkStatus();
}

// Gone after its time, as `affidavit retention dispose` has it: there is nothing left to protect, and nothing to
// report.
bool Protector::IsDisposed(const db::ProtectedObject& object, const absl::Status& status) const {
  const TimePoint now = SystemClock().WallNow();
  return absl::IsNotFound(status) && object.store == store_->Name() && object.protection.retain_until < now &&
         object.fields.retain_until < now;
}

absl::Status Protector::Write(const Work& work) {
  int64_t changed_count = 0;
  RETURN_IF_ERROR(lock_->Transact([&](db::Transaction& transaction) {
    changed_count = 0;
    for (const int64_t receipt_id : work.page == Page::kFindings ? work.findings : std::vector<int64_t>()) {
      db::ForgetProtectionFinding(transaction, receipt_id);
    }
    for (const Work::Change& change : work.changes) {
      if (change.status.ok()) {
        db::InsertProtectionReceipt(transaction, {.leaf_index = change.object.leaf_index,
                                                  .regarded_leaf_index = work.governance.next_leaf_index,
                                                  .protection = change.wanted,
                                                  .worker_id = options_->worker_id});
        db::RaiseMirroredRetention(transaction, change.wanted.retain_until);
        db::ForgetHoldDoubt(transaction, change.object.receipt_id);
        ++changed_count;
      } else if (IsDisposed(change.object, change.status)) {
        db::ForgetHoldDoubt(transaction, change.object.receipt_id);
      } else if (IsOwnTrouble(change.status)) {
        db::RecordProtectionFinding(transaction, change.object.receipt_id, std::string(change.status.message()));
      }
    }
    if (work.page == Page::kTail) {
      db::SetProtectionTail(transaction, work.until_receipt_id);
    } else if (work.page == Page::kJob) {
      db::AdvanceProtectionJob(transaction, work.act_leaf_index, work.until_receipt_id, changed_count);
    }
    return absl::OkStatus();
  }));
  changed_count_ += changed_count;
  for (const Work::Change& change : work.changes) {
    if (IsOwnTrouble(change.status) && !IsDisposed(change.object, change.status)) {
      ops::RaiseAlert(ops::kAlertMirrorFinding, {{"leaf_index", change.object.leaf_index},
                                                 {"reason", "protection"},
                                                 {"why", std::string(change.status.message())}});
    }
  }
  return absl::OkStatus();
}

}  // namespace affidavit::mirror
