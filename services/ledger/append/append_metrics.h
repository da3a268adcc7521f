// The sequencer's observer that counts and alerts: affidavit_ledger_… metrics, alerts, and log lines. Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "ops/metrics.h"
#include "services/ledger/append/observer.h"

namespace affidavit::ledger {

class AppendMetrics final : public SequencerObserver {
 public:
  AppendMetrics();

  void OnQueue(int64_t count, int64_t bytes) override;
  void OnBatch(int64_t entry_count) override;
  void OnCommit(const CommitReport& report) override;
  void OnRerun(RerunReason reason, const absl::Status& status) override;
  void OnAnswers(std::span<const AnsweredEntry> answered) override;
  void OnError(const absl::Status& status) override;

 private:
  prometheus::Counter& EntriesOf(EntryKind kind, const std::string& source);

  prometheus::Gauge& queue_depth_;
  prometheus::Gauge& queue_bytes_;
  prometheus::Histogram& batch_size_;
  prometheus::Histogram& commit_seconds_;
  prometheus::Histogram& lock_held_seconds_;

  std::mutex mutex_;
  std::map<std::pair<EntryKind, std::string>, prometheus::Counter*> entries_;  // guarded by mutex_
};

// affidavit_ledger_append_outcomes_total{outcome}.
prometheus::Counter& OutcomeCounter(AppendOutcome outcome);

}  // namespace affidavit::ledger
