// What the sequencer tells whoever counts and alerts. An interface so that append/ needs neither metrics nor logs and
// runs under TSan; append_metrics.h has the real one. Called by lanes at the same time: implementations are thread-safe
// and quick.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "absl/status/status.h"
#include "services/ledger/append/outcome.h"
#include "services/ledger/append/prepare.h"

namespace affidavit::ledger {

enum class RerunReason { kLookupsDisagree, kStoreUnavailable, kCommitUnknown, kRowRefused };

struct AnsweredEntry {
  const PreparedEntry* prepared;
  AppendAnswer answer;
};

struct CommitReport {
  int64_t entry_count;    // stored by it
  double commit_seconds;  // the last round trip
  double lock_held_seconds;
};

class SequencerObserver {
 public:
  virtual ~SequencerObserver() = default;

  // Under the queue's lock.
  virtual void OnQueue(int64_t count, int64_t bytes) = 0;
  virtual void OnBatch(int64_t entry_count) = 0;
  virtual void OnCommit(const CommitReport& report) = 0;
  virtual void OnRerun(RerunReason reason, const absl::Status& status) = 0;
  // Before the callers see the answers.
  virtual void OnAnswers(std::span<const AnsweredEntry> answered) = 0;
  // An error that should not be: the store's INTERNAL.
  virtual void OnError(const absl::Status& status) = 0;
};

}  // namespace affidavit::ledger
