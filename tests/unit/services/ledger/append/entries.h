// Entries as prepare.cc would hand them to the sequencer, and an observer that remembers; for tests of append/.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "services/ledger/append/observer.h"
#include "services/ledger/append/prepare.h"

namespace affidavit::ledger {

struct EntrySpec {
  EntryKind kind = EntryKind::kEnvelope;
  std::string event_id = "event-1";
  std::string payload = R"({"id":"event-1"})";
  std::string source = "genesys";
  TimePoint receive_time = SystemClock().WallNow();
  std::string adapter_id = "adapter-1";
};

PreparedEntry MakeEntry(const EntrySpec& spec);

// One envelope a number, with an id and a payload of its own.
PreparedEntry NumberedEntry(const std::string& prefix, int number);

class RecordingObserver final : public SequencerObserver {
 public:
  void OnQueue(int64_t count, int64_t bytes) override;
  void OnBatch(int64_t entry_count) override;
  void OnCommit(const CommitReport& report) override;
  void OnRerun(RerunReason reason, const absl::Status& status) override;
  void OnAnswers(std::span<const AnsweredEntry> answered) override;
  void OnError(const absl::Status& status) override;

  int reruns(RerunReason reason) const;
  int errors() const;
  int64_t queue_count() const;
  std::vector<int64_t> batches() const;

 private:
  mutable std::mutex mutex_;
  std::map<RerunReason, int> reruns_;
  std::vector<int64_t> batches_;
  int errors_ = 0;
  int64_t queue_count_ = 0;
};

}  // namespace affidavit::ledger
