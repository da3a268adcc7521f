#include "tests/unit/services/ledger/append/entries.h"

#include <utility>

namespace affidavit::ledger {

PreparedEntry MakeEntry(const EntrySpec& spec) {
  const auto payload = std::make_shared<const std::string>(spec.payload);
  PreparedEntry prepared;
  prepared.owner = payload;
  prepared.entry.payload = *payload;
  LeafFields& fields = prepared.entry.fields;
  fields.kind = spec.kind;
  fields.source = spec.source;
  fields.event_id = spec.event_id;
  fields.channel = "SMS";
  fields.receive_time = spec.receive_time;
  fields.adapter_id = spec.adapter_id;
  fields.payload_sha256 = Sha256(*payload);
  fields.payload_size = static_cast<int64_t>(payload->size());
  fields.retention_class = "default";
  fields.retain_until = AddYears(spec.receive_time, kRetentionYearsDefault);
  fields.provenance = "webhook";
  prepared.entry.leaf = EncodeLeaf(fields).value();
  prepared.entry.leaf_hash = LeafHash(prepared.entry.leaf);
  return prepared;
}

PreparedEntry NumberedEntry(const std::string& prefix, int number) {
  const std::string id = prefix + "-" + std::to_string(number);
  return MakeEntry({.event_id = id, .payload = R"({"id":")" + id + R"("})"});
}

void RecordingObserver::OnQueue(int64_t count, int64_t /*bytes*/) {
  const std::lock_guard<std::mutex> lock(mutex_);
  queue_count_ = count;
}

void RecordingObserver::OnBatch(int64_t entry_count) {
  const std::lock_guard<std::mutex> lock(mutex_);
  batches_.push_back(entry_count);
}

void RecordingObserver::OnCommit(const CommitReport& /*report*/) {}

void RecordingObserver::OnRerun(RerunReason reason, const absl::Status& /*status*/) {
  const std::lock_guard<std::mutex> lock(mutex_);
  ++reruns_[reason];
}

void RecordingObserver::OnAnswers(std::span<const AnsweredEntry> /*answered*/) {}

void RecordingObserver::OnError(const absl::Status& /*status*/) {
  const std::lock_guard<std::mutex> lock(mutex_);
  ++errors_;
}

int RecordingObserver::reruns(RerunReason reason) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto it = reruns_.find(reason);
  return it == reruns_.end() ? 0 : it->second;
}

int RecordingObserver::errors() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return errors_;
}

int64_t RecordingObserver::queue_count() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return queue_count_;
}

std::vector<int64_t> RecordingObserver::batches() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return batches_;
}

}  // namespace affidavit::ledger
