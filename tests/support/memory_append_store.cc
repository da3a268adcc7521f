#include "tests/support/memory_append_store.h"

#include <set>
#include <utility>

#include "core/base/status_macros.h"

namespace affidavit::testing {
namespace {

std::string RefuseOverflow(const db::NewEntry& entry) {
  const bool jsonb = entry.payload_error.empty();
  return jsonb && entry.payload.find("1e400000") != std::string_view::npos ? "22003" : "";
}

bool IsBodyKind(EntryKind kind) {
  return kind == EntryKind::kExcluded || kind == EntryKind::kQuarantined;
}

// What the unique indexes of migrations/0002_entries compare.
MemoryLog::Identity IdentityOf(const LeafFields& fields) {
  if (IsBodyKind(fields.kind)) {
    return {EntryKind::kExcluded, fields.source, "", fields.payload_sha256};
  }
  const bool with_digest = fields.kind == EntryKind::kConflict;
  return {fields.kind, fields.source, fields.event_id, with_digest ? fields.payload_sha256 : Digest{}};
}

// The identities that `key` looks for.
std::vector<MemoryLog::Identity> IdentitiesOf(const db::LookupKey& key) {
  const std::string source(key.source);
  if (IsBodyKind(key.kind)) {
    return {{EntryKind::kExcluded, source, "", key.payload_sha256}};
  }
  std::vector<MemoryLog::Identity> identities = {{key.kind, source, std::string(key.event_id), Digest{}}};
  if (key.kind == EntryKind::kEnvelope) {
    identities.push_back({EntryKind::kConflict, source, std::string(key.event_id), key.payload_sha256});
  }
  return identities;
}

}  // namespace

// State: idle, open (payloads_ not yet inserted) or locked. Everything it would write stays with it until Commit.
class MemoryAppendStore final : public db::AppendStore {
 public:
  explicit MemoryAppendStore(MemoryLog* log) : log_(log) {}
  ~MemoryAppendStore() override { MemoryAppendStore::Rollback(); }

  absl::StatusOr<IdBlock> ReservePayloadIds() override {
    RETURN_IF_ERROR(Start(MemoryLog::Step::kReserve, State::kIdle));
    IdBlock block{0, kIdsAtOnce};
    {
      const std::lock_guard lock(log_->mutex_);
      block.first = std::exchange(log_->next_payload_id_, log_->next_payload_id_ + kIdsAtOnce);
    }
    log_->Finished(MemoryLog::Step::kReserve);
    return block;
  }

  absl::StatusOr<db::OpenBatch> Begin(std::span<const db::LookupKey> keys, db::BeginOptions options) override {
    RETURN_IF_ERROR(Start(MemoryLog::Step::kBegin, State::kIdle));
    state_ = State::kOpen;
    if (options.lock_first) {
      RETURN_IF_ERROR(TakeLock());
    }
    db::OpenBatch batch;
    {
      const std::lock_guard lock(log_->mutex_);
      batch.database_time = log_->database_time_.value_or(SystemClock().WallNow());
      batch.found = log_->LookUp(keys);
    }
    log_->Finished(MemoryLog::Step::kBegin);
    return batch;
  }

  absl::StatusOr<db::LockedBatch> Integrate(std::span<const db::NewEntry* const> entries,
                                            std::span<const db::LookupKey> keys) override {
    RETURN_IF_ERROR(Start(MemoryLog::Step::kIntegrate, State::kOpen));
    for (const db::NewEntry* entry : entries) {
      if (const std::string sqlstate = Refusal(*entry); !sqlstate.empty()) {
        Rollback();
        return absl::InvalidArgumentError(sqlstate + ": refused");
      }
    }
    RETURN_IF_ERROR(TakeLock());
    db::LockedBatch batch;
    {
      const std::lock_guard lock(log_->mutex_);
      batch.found = log_->LookUp(keys);
      batch.tree_size = static_cast<int64_t>(log_->entries_.size());
    }
    state_ = State::kLocked;
    log_->Finished(MemoryLog::Step::kIntegrate);
    return batch;
  }

  absl::StatusOr<int64_t> Commit(std::span<const db::NewEntry* const> entries) override {
    if (state_ != State::kLocked) {
      return OutOfOrder();
    }
    const std::optional<MemoryLog::Failure> failure = log_->TakeFailure(MemoryLog::Step::kCommit);
    absl::Status status;
    if (!failure.has_value() || failure->persisted == MemoryLog::Persisted::kYes) {
      status = Append(entries);
    }
    Rollback();  // what is left of the transaction: the lock
    RETURN_IF_ERROR(status);
    if (failure.has_value()) {
      return failure->error;
    }
    log_->Finished(MemoryLog::Step::kCommit);
    return 1;
  }

  void Rollback() override {
    state_ = State::kIdle;
    const std::lock_guard lock(log_->mutex_);
    if (log_->lock_holder_ == this) {
      log_->lock_holder_ = nullptr;
      log_->lock_freed_.notify_all();
    }
  }

 private:
  enum class State { kIdle, kOpen, kLocked };
  static constexpr int64_t kIdsAtOnce = 65'536;

  absl::Status OutOfOrder() {
    Rollback();
    return absl::InternalError("AppendStore called out of order");
  }

  absl::Status Start(MemoryLog::Step step, State expected) {
    if (state_ != expected) {
      return OutOfOrder();
    }
    if (std::optional<MemoryLog::Failure> failure = log_->TakeFailure(step); failure.has_value()) {
      Rollback();
      return failure->error;
    }
    return absl::OkStatus();
  }

  absl::Status TakeLock() {
    std::unique_lock lock(log_->mutex_);
    const bool taken = log_->lock_freed_.wait_for(
        lock, log_->lock_timeout_, [this] { return log_->lock_holder_ == nullptr || log_->lock_holder_ == this; });
    if (!taken) {
      state_ = State::kIdle;
      return absl::UnavailableError("55P03: lock timeout");
    }
    log_->lock_holder_ = this;
    return absl::OkStatus();
  }

  std::string Refusal(const db::NewEntry& entry) const {
    std::function<std::string(const db::NewEntry&)> refusal;
    {
      const std::lock_guard lock(log_->mutex_);
      refusal = log_->refusal_;
    }
    return refusal ? refusal(entry) : RefuseOverflow(entry);
  }

  absl::Status Append(std::span<const db::NewEntry* const> entries) {
    const std::lock_guard lock(log_->mutex_);
    std::map<MemoryLog::Identity, size_t> identities;
    for (const db::NewEntry* entry : entries) {
      MemoryLog::Identity identity = IdentityOf(entry->fields);
      const size_t leaf_index = log_->entries_.size() + identities.size();
      if (log_->by_identity_.contains(identity) || !identities.emplace(std::move(identity), leaf_index).second) {
        return absl::UnavailableError("23505: duplicate key");
      }
    }
    log_->by_identity_.merge(identities);
    for (const db::NewEntry* entry : entries) {
      log_->entries_.push_back({entry->fields, entry->leaf, entry->leaf_hash, std::string(entry->payload),
                                entry->payload_error, entry->payload_id});
    }
    ++log_->commit_count_;
    return absl::OkStatus();
  }

  MemoryLog* const log_;
  State state_ = State::kIdle;
};

void MemoryLog::FailNext(Step step, absl::Status error, Persisted persisted) {
  const std::lock_guard lock(mutex_);
  failures_[step].push_back({std::move(error), persisted});
}

void MemoryLog::RefusePayloads(std::function<std::string(const db::NewEntry&)> refusal) {
  const std::lock_guard lock(mutex_);
  refusal_ = std::move(refusal);
}

void MemoryLog::OnStep(std::function<void(Step)> hook) {
  const std::lock_guard lock(mutex_);
  hook_ = std::move(hook);
}

void MemoryLog::SetDatabaseTime(std::optional<TimePoint> time) {
  const std::lock_guard lock(mutex_);
  database_time_ = time;
}

void MemoryLog::SetLockTimeout(std::chrono::milliseconds timeout) {
  const std::lock_guard lock(mutex_);
  lock_timeout_ = timeout;
}

std::vector<MemoryLog::Entry> MemoryLog::Entries() const {
  const std::lock_guard lock(mutex_);
  return entries_;
}

int MemoryLog::commit_count() const {
  const std::lock_guard lock(mutex_);
  return commit_count_;
}

std::unique_ptr<db::AppendStore> MemoryLog::Connect() {
  return std::make_unique<MemoryAppendStore>(this);
}

std::optional<MemoryLog::Failure> MemoryLog::TakeFailure(Step step) {
  const std::lock_guard lock(mutex_);
  std::vector<Failure>& queue = failures_[step];
  if (queue.empty()) {
    return std::nullopt;
  }
  Failure failure = std::move(queue.front());
  queue.erase(queue.begin());
  return failure;
}

void MemoryLog::Finished(Step step) {
  std::function<void(Step)> hook;
  {
    const std::lock_guard lock(mutex_);
    hook = hook_;
  }
  if (hook) {
    hook(step);
  }
}

std::vector<db::FoundEntry> MemoryLog::LookUp(std::span<const db::LookupKey> keys) const {
  std::set<size_t> indexes;
  for (const db::LookupKey& key : keys) {
    for (const Identity& identity : IdentitiesOf(key)) {
      if (const auto known = by_identity_.find(identity); known != by_identity_.end()) {
        indexes.insert(known->second);
      }
    }
  }
  std::vector<db::FoundEntry> found;
  for (const size_t index : indexes) {
    const Entry& entry = entries_[index];
    found.push_back({entry.fields.kind, entry.fields.source, entry.fields.event_id, entry.fields.payload_sha256,
                     static_cast<int64_t>(index), entry.payload_id});
  }
  return found;
}

}  // namespace affidavit::testing
