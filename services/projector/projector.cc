#include "services/projector/projector.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "core/base/status_macros.h"
#include "core/base/text.h"
#include "db/entry_reader.h"
#include "db/mirror_store.h"
#include "ops/log.h"
#include "ops/metrics.h"

namespace affidavit::projector {
namespace {

constexpr int kStepEntriesMax = 1'000;
constexpr int64_t kStepPayloadBytesMax = 4 << 20;
constexpr std::chrono::seconds kStepTimeMax{2};
constexpr size_t kUnreadLoggedMax = 20;

// Where only the payload is damaged, the leaf still says what it says.
void ReadLeavesOfDamaged(db::Transaction& transaction, std::vector<db::MirrorEntry>& entries) {
  for (db::MirrorEntry& entry : entries) {
    if (entry.entry.ok()) {
      continue;
    }
    if (auto leaf = db::ReadEntry(transaction, entry.leaf_index, db::WithPayload::kNo);
        leaf.ok() && leaf->has_value()) {
      ops::LogWarning("the payload of an entry is damaged; the projections say what its leaf says",
                      {{"leaf_index", entry.leaf_index}});
      entry.entry = **std::move(leaf);
    }
  }
}

void LogUnread(const std::vector<int64_t>& unread) {
  if (unread.empty()) {
    return;
  }
  std::string indexes;
  for (size_t i = 0; i < std::min(unread.size(), kUnreadLoggedMax); ++i) {
    indexes = Concat({indexes, indexes.empty() ? "" : " ", std::to_string(unread[i])});
  }
  ops::LogError("entries that cannot be read are missing from the projections; `affidavit fsck` says more",
                {{"entry_count", unread.size()}, {"leaf_indexes", indexes}});
}

}  // namespace

Projector::Projector(FoldOptions options, Alerting alerting, db::SessionLock* lock)
    : alerting_(alerting), lock_(lock), fold_(std::move(options)), entries_max_(kStepEntriesMax) {}

absl::StatusOr<Projector::Outcome> Projector::Step() {
  absl::StatusOr<Outcome> outcome = TryStep();
  entries_max_ = outcome.ok() ? std::min(2 * entries_max_, kStepEntriesMax) : std::max(entries_max_ / 4, 1);
  return outcome;
}

absl::StatusOr<Projector::Outcome> Projector::TryStep() {
  Batch batch;
  const absl::Status read =
      lock_->Transact([&](db::Transaction& transaction) { return ReadBatch(transaction, batch); });
  if (!read.ok() || batch.entries.empty()) {
    next_ = read.ok() ? batch.progress.next_leaf_index : -1;
    return read.ok() ? absl::StatusOr<Outcome>(Outcome{.progress = batch.progress}) : read;
  }
  const auto until = std::chrono::steady_clock::now() + kStepTimeMax;
  last_ = fold_.Step(batch.progress.next_leaf_index, batch.entries,
                     [until] { return std::chrono::steady_clock::now() > until; });
  Outcome outcome{.folded_count = last_.step.end - last_.step.begin,
                  .has_more = last_.step.end < batch.progress.tree_size};
  const absl::Status written = lock_->Transact([&](db::Transaction& transaction) {
    if (db::LockFactsCursor(transaction) != last_.step.begin) {
      return absl::AbortedError("the projections were reset while a step was folded");
    }
    db::WriteFacts(transaction, last_.step);
    outcome.progress = db::ReadFactsProgress(transaction);
    return absl::OkStatus();
  });
  if (!written.ok()) {
    next_ = -1;
    if (!absl::IsDataLoss(written)) {
      last_ = FoldedStep();  // not committed; else nobody knows
    }
    return absl::IsAborted(written) ? absl::StatusOr<Outcome>(Outcome{.has_more = true, .progress = batch.progress})
                                    : written;
  }
  next_ = last_.step.end;
  seen_ = std::max(seen_, next_);
  Report(std::exchange(last_, FoldedStep()));
  return outcome;
}

absl::Status Projector::ReadBatch(db::Transaction& transaction, Batch& batch) {
  batch.progress = db::ReadFactsProgress(transaction);
  if (batch.progress.next_leaf_index != next_) {
    batch.progress.next_leaf_index = db::LockFactsCursor(transaction);  // so that nobody resets what is loaded
    Load(transaction, batch.progress.next_leaf_index);
    next_ = batch.progress.next_leaf_index;
  }
  ASSIGN_OR_RETURN(batch.entries, db::ReadMirrorEntries(transaction, next_, batch.progress.tree_size, entries_max_,
                                                        kStepPayloadBytesMax));
  ReadLeavesOfDamaged(transaction, batch.entries);
  return absl::OkStatus();
}

void Projector::Load(db::Transaction& transaction, int64_t cursor) {
  fold_.Reset(db::ReadSchemas(transaction), db::ReadKnownShapes(transaction));
  if (FoldedStep in_doubt = std::exchange(last_, FoldedStep());
      !in_doubt.step.entries.empty() && in_doubt.step.end <= cursor) {
    Report(in_doubt);  // its commit was in doubt, and did happen
  }
  if (is_new_ && cursor == 0) {
    seen_ = db::ReadTreeSize(transaction);
  }
  is_new_ = false;
  seen_ = std::max(seen_, cursor);
  notices_.KeepQuietBelow(seen_);
}

void Projector::Report(const FoldedStep& folded) {
  static prometheus::Counter& counter =
      ops::CounterOf("affidavit_facts_folded_entries_total", "Entries folded into the projections.");
  counter.Increment(static_cast<double>(folded.step.end - folded.step.begin));
  LogUnread(folded.unread);
  if (alerting_ == Alerting::kYes) {
    notices_.Raise(folded);
  }
}

}  // namespace affidavit::projector
