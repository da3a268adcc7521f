#include "services/mirror/walk.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "core/base/status_macros.h"
#include "ops/alerts.h"

namespace affidavit::mirror {
namespace {

using EntryState = EntryResult::State;

constexpr int kSweepCountMax = 64;
// An entry that failed this often while others were copied is no matter of the store.
constexpr int kStubbornFailures = 5;

db::MirrorFinding FindingOf(const EntryResult& result) {
  db::MirrorFinding finding;
  finding.leaf_index = result.leaf_index;
  finding.reason = result.reason;
  finding.detail = std::string(result.why.message());
  return finding;
}

void AlertFinding(const db::MirrorFinding& finding) {
  ops::RaiseAlert(ops::kAlertMirrorFinding,
                  {{"leaf_index", finding.leaf_index}, {"reason", finding.reason}, {"why", finding.detail}});
}

}  // namespace

struct Walk::Window {
  db::MirrorProgress progress;
  std::vector<db::MirrorEntry> entries;
  std::set<int64_t> with_receipt;  // somebody has settled these already
};

absl::StatusOr<WalkReport> Walk::Step() {
  ASSIGN_OR_RETURN(const Window window, ReadWindow());
  WalkReport report;
  report.progress = window.progress;
  results_.erase(results_.begin(), results_.lower_bound(window.progress.next_leaf_index));
  failure_counts_.erase(failure_counts_.begin(), failure_counts_.lower_bound(window.progress.next_leaf_index));
  if (window.entries.empty()) {
    return report;
  }
  if (CopyWindow(window)) {
    PassStubborn(window);
  }
  RETURN_IF_ERROR(WriteSettled(window, report));
  return report;
}

absl::StatusOr<bool> Walk::HasOpenAttempts() const {
  db::MirrorProgress progress;
  RETURN_IF_ERROR(lock_->Transact([&](db::Transaction& transaction) {
    progress = db::ReadMirrorProgress(transaction);
    return absl::OkStatus();
  }));
  return progress.attempted_leaf_index > progress.next_leaf_index;
}

absl::StatusOr<Walk::Window> Walk::ReadWindow() {
  Window window;
  RETURN_IF_ERROR(lock_->Transact([&](db::Transaction& transaction) -> absl::Status {
    window.progress = db::ReadMirrorProgress(transaction);
    const int64_t begin = window.progress.next_leaf_index;
    // Beyond what is copied already, so that an entry that fails again and again has others to be judged by.
    const int known_count = std::min(static_cast<int>(results_.size()), 3 * options_->window_count_max);
    ASSIGN_OR_RETURN(window.entries,
                     db::ReadMirrorEntries(transaction, begin, window.progress.tree_size,
                                           options_->window_count_max + known_count, options_->window_bytes_max));
    const int64_t end = begin + static_cast<int64_t>(window.entries.size());
    for (const db::MirrorReceipt& receipt : db::ReadMirrorReceipts(transaction, begin, end)) {
      window.with_receipt.insert(receipt.leaf_index);
    }
    // Written down before the first request: whoever comes after a crash knows where to look first.
    if (end > window.progress.attempted_leaf_index) {
      db::RaiseMirrorAttempt(transaction, end);
    }
    return absl::OkStatus();
  }));
  return window;
}

bool Walk::CopyWindow(const Window& window) {
  std::vector<db::MirrorEntry> open;
  for (const db::MirrorEntry& entry : window.entries) {
    if (!results_.contains(entry.leaf_index) && !window.with_receipt.contains(entry.leaf_index)) {
      open.push_back(entry);
    }
  }
  // A log that goes on after a loss gives out indexes, and so keys of records, that may lie in the store from before.
  const int64_t may_exist_below =
      window.progress.incarnation > 1 ? EntryCopier::kAllMayExist : window.progress.attempted_leaf_index;
  bool one_was_taken = false;
  for (EntryResult& result : copier_->Copy(open, may_exist_below)) {
    one_was_taken = one_was_taken || (result.state == EntryState::kReceipt && !result.receipt.object_key.empty());
    const int64_t leaf_index = result.leaf_index;
    results_[leaf_index] = std::move(result);
  }
  return one_was_taken;
}

// One entry that the store never takes must not hold up the others, whatever the store's reason is.
void Walk::PassStubborn(const Window& window) {
  for (const db::MirrorEntry& entry : window.entries) {
    const auto found = results_.find(entry.leaf_index);
    if (found == results_.end() || found->second.state != EntryState::kWaiting ||
        absl::IsCancelled(found->second.why)) {
      continue;
    }
    EntryResult& result = found->second;
    if (++failure_counts_[entry.leaf_index] >= kStubbornFailures) {
      result.state = EntryState::kFinding;
      result.reason = std::string(kReasonNeverAccepted);
    }
  }
}

absl::Status Walk::WriteSettled(const Window& window, WalkReport& report) {
  std::vector<db::MirrorReceipt> receipts;
  std::vector<db::MirrorFinding> findings;
  int64_t next = window.progress.next_leaf_index;
  for (const db::MirrorEntry& entry : window.entries) {
    if (!window.with_receipt.contains(entry.leaf_index)) {
      const EntryResult& result = results_.at(entry.leaf_index);
      if (result.state == EntryState::kWaiting) {
        report.waits_for = result.why;
        break;
      }
      if (result.state == EntryState::kFinding &&
          window.progress.finding_count + static_cast<int64_t>(findings.size()) >= options_->finding_count_max) {
        report.waits_for = absl::FailedPreconditionError("too many entries cannot be copied: the store is at fault");
        break;
      }
      if (result.state == EntryState::kReceipt) {
        receipts.push_back(result.receipt);
      } else {
        findings.push_back(FindingOf(result));
      }
    }
    ++next;
  }
  // Failures are tried again; only what succeeded is remembered.
  std::erase_if(results_, [](const auto& result) { return result.second.state != EntryState::kReceipt; });
  report.settled_count = next - window.progress.next_leaf_index;
  if (report.settled_count == 0) {
    return absl::OkStatus();
  }
  std::vector<db::MirrorFinding> added;
  RETURN_IF_ERROR(lock_->Transact([&](db::Transaction& transaction) -> absl::Status {
    RETURN_IF_ERROR(db::InsertMirrorReceipts(transaction, receipts));
    for (const db::MirrorFinding& finding : findings) {
      if (db::RecordMirrorFinding(transaction, finding)) {
        added.push_back(finding);
      }
    }
    db::SetMirrorCursor(transaction, next);
    return absl::OkStatus();
  }));
  std::for_each(added.begin(), added.end(), AlertFinding);
  return absl::OkStatus();
}

absl::Status Walk::Sweep() {
  std::vector<db::MirrorFinding> findings;
  RETURN_IF_ERROR(lock_->Transact([&](db::Transaction& transaction) {
    findings = db::ListMirrorFindings(transaction, kSweepCountMax);
    return absl::OkStatus();
  }));
  for (const db::MirrorFinding& finding : findings) {
    RETURN_IF_ERROR(SweepOne(finding));
  }
  return absl::OkStatus();
}

absl::Status Walk::SweepOne(const db::MirrorFinding& finding) {
  std::vector<db::MirrorEntry> entries;
  RETURN_IF_ERROR(lock_->Transact([&](db::Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(entries, db::ReadMirrorEntries(transaction, finding.leaf_index, finding.leaf_index + 1, 1,
                                                    options_->window_bytes_max));
    return absl::OkStatus();
  }));
  std::vector<EntryResult> results = copier_->Copy(entries, EntryCopier::kAllMayExist);
  EntryResult& result = results.at(0);
  if (absl::IsCancelled(result.why)) {
    return result.why;
  }
  RETURN_IF_ERROR(lock_->Transact([&](db::Transaction& transaction) {
    if (result.state == EntryState::kReceipt) {
      return db::InsertMirrorReceipts(transaction, std::span(&result.receipt, 1));
    }
    // Also when it only has to wait: the next sweep then begins with another one.
    if (result.reason.empty()) {
      result.reason = finding.reason;
    }
    db::RecordMirrorFinding(transaction, FindingOf(result));
    return absl::OkStatus();
  }));
  return result.state == EntryState::kWaiting ? result.why : absl::OkStatus();
}

}  // namespace affidavit::mirror
