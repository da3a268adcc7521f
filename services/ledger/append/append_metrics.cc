#include "services/ledger/append/append_metrics.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "ops/alerts.h"
#include "ops/log.h"

namespace affidavit::ledger {
namespace {

std::string_view ReasonName(RerunReason reason) {
  switch (reason) {
    case RerunReason::kLookupsDisagree:
      return "lookups_disagree";
    case RerunReason::kStoreUnavailable:
      return "store_unavailable";
    case RerunReason::kCommitUnknown:
      return "commit_unknown";
    case RerunReason::kRowRefused:
      return "row_refused";
  }
  return "";
}

bool IsUnclassified(const PreparedEntry& prepared) {
  const std::vector<std::string>& flags = prepared.entry.fields.flags;
  return std::find(flags.begin(), flags.end(), "unclassified") != flags.end();
}

EntryKind StoredKind(const AnsweredEntry& answered) {
  return answered.answer.outcome == AppendOutcome::kConflict ? EntryKind::kConflict
                                                             : answered.prepared->entry.fields.kind;
}

// One alert a batch and source, however many entries it has: (source, adapter) -> count.
using AlertCounts = std::map<std::pair<std::string, std::string>, int64_t>;

void RaiseEach(std::string_view alert, const AlertCounts& counts) {
  for (const auto& [who, count] : counts) {
    ops::RaiseAlert(alert, {{"source", who.first}, {"adapter_id", who.second}, {"entry_count", count}});
  }
}

}  // namespace

AppendMetrics::AppendMetrics()
    : queue_depth_(ops::GaugeOf("affidavit_ledger_queue_depth", "Entries waiting for a lane.")),
      queue_bytes_(ops::GaugeOf("affidavit_ledger_queue_bytes", "Bytes of the entries waiting for a lane.")),
      batch_size_(ops::HistogramOf("affidavit_ledger_batch_size", "Entries a lane took at once.", ops::SizeBuckets())),
      commit_seconds_(ops::HistogramOf("affidavit_ledger_commit_seconds",
                                       "The last round trip of an append: entries inserted, committed and flushed.",
                                       ops::LatencyBuckets())),
      lock_held_seconds_(ops::HistogramOf("affidavit_ledger_lock_held_seconds",
                                          "How long an append held the log's lock.", ops::LatencyBuckets())) {}

void AppendMetrics::OnQueue(int64_t count, int64_t bytes) {
  queue_depth_.Set(static_cast<double>(count));
  queue_bytes_.Set(static_cast<double>(bytes));
}

void AppendMetrics::OnBatch(int64_t entry_count) {
  batch_size_.Observe(static_cast<double>(entry_count));
}

void AppendMetrics::OnCommit(const CommitReport& report) {
  commit_seconds_.Observe(report.commit_seconds);
  lock_held_seconds_.Observe(report.lock_held_seconds);
}

void AppendMetrics::OnRerun(RerunReason reason, const absl::Status& status) {
  const std::string name(ReasonName(reason));
  ops::CounterOf("affidavit_ledger_reruns_total", "Append transactions that had to be run again.", {{"reason", name}})
      .Increment();
  if (reason != RerunReason::kLookupsDisagree) {
    // The code alone: the database's words may quote the row.
    ops::LogWarning("append run again", {{"reason", name}, {"code", absl::StatusCodeToString(status.code())}});
  }
}

void AppendMetrics::OnAnswers(std::span<const AnsweredEntry> answered) {
  std::map<std::pair<EntryKind, std::string>, int64_t> stored;
  AlertCounts skewed, unclassified;
  for (const AnsweredEntry& each : answered) {
    const LeafFields& fields = each.prepared->entry.fields;
    if (each.answer.is_new) {
      ++stored[{StoredKind(each), fields.source}];
      if (IsUnclassified(*each.prepared)) {
        ++unclassified[{fields.source, fields.adapter_id}];
      }
      if (each.answer.outcome == AppendOutcome::kConflict) {
        ops::RaiseAlert(ops::kAlertConflict, {{"request_id", each.prepared->request_id},
                                              {"source", fields.source},
                                              {"leaf_index", each.answer.leaf_index}});
      }
    }
    if (each.answer.refusal == Refusal::kClockSkew) {
      ++skewed[{fields.source, fields.adapter_id}];
    }
    if (each.answer.refusal == Refusal::kEntryRefused) {
      ops::RaiseAlert(
          ops::kAlertEntryRefused,
          {{"request_id", each.prepared->request_id}, {"source", fields.source}, {"adapter_id", fields.adapter_id}});
    }
  }
  for (const auto& [what, count] : stored) {
    EntriesOf(what.first, what.second).Increment(static_cast<double>(count));
  }
  RaiseEach(ops::kAlertClockSkew, skewed);
  RaiseEach(ops::kAlertUnclassifiedEvent, unclassified);
}

void AppendMetrics::OnError(const absl::Status& status) {
  ops::LogError("append failed", {{"code", absl::StatusCodeToString(status.code())}});
}

prometheus::Counter& AppendMetrics::EntriesOf(EntryKind kind, const std::string& source) {
  const std::lock_guard<std::mutex> lock(mutex_);
  prometheus::Counter*& counter = entries_[{kind, source}];
  if (counter == nullptr) {
    counter = &ops::CounterOf("affidavit_ledger_entries_total", "Entries stored by this process.",
                              {{"kind", std::string(EntryKindName(kind))}, {"source", source}});
  }
  return *counter;
}

prometheus::Counter& OutcomeCounter(AppendOutcome outcome) {
  static const auto& counters = *new auto([] {
    std::array<prometheus::Counter*, 6> made{};
    constexpr std::array<std::string_view, 6> kNames = {"accepted", "duplicate",   "conflict",
                                                        "excluded", "quarantined", "refused"};
    for (size_t i = 0; i < made.size(); ++i) {
      made[i] = &ops::CounterOf("affidavit_ledger_append_outcomes_total", "Answers to appended entries.",
                                {{"outcome", std::string(kNames[i])}});
    }
    return made;
  }());
  return *counters[static_cast<size_t>(outcome)];
}

}  // namespace affidavit::ledger
