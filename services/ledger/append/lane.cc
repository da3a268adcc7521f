#include "services/ledger/append/lane.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/base/status_macros.h"

namespace affidavit::ledger {
namespace {

using SteadyClock = std::chrono::steady_clock;

// The two look-ups of a run can disagree only while other lanes store the same ids; the third run takes the lock first.
constexpr int kDisagreementsMax = 2;

constexpr size_t kSqlStateSize = 5;

// "22P02: …" -> "22P02". Classes 22 and 54 are what jsonb says to documents that it cannot hold.
std::string JsonbSqlState(const absl::Status& status) {
  const std::string sqlstate(status.message().substr(0, kSqlStateSize));
  return sqlstate.starts_with("22") || sqlstate.starts_with("54") ? sqlstate : std::string();
}

bool SameFound(std::vector<db::FoundEntry> a, std::vector<db::FoundEntry> b) {
  const auto by_leaf_index = [](const db::FoundEntry& x, const db::FoundEntry& y) {
    return x.leaf_index < y.leaf_index;
  };
  std::sort(a.begin(), a.end(), by_leaf_index);
  std::sort(b.begin(), b.end(), by_leaf_index);
  return a == b;
}

Refusal GivenUp(bool in_doubt) {
  return in_doubt ? Refusal::kCommitUnknown : Refusal::kStoreUnavailable;
}

}  // namespace

Lane::Lane(std::unique_ptr<db::AppendStore> store, LaneOptions options, AppendQueue* queue, SequencerObserver* observer)
    : store_(std::move(store)),
      options_(std::move(options)),
      queue_(queue),
      observer_(observer),
      random_(std::random_device{}()) {}

void Lane::Run() {
  while (true) {
    std::vector<QueuedEntry> batch = queue_->Take(options_.batch);
    if (batch.empty()) {
      return;
    }
    observer_->OnBatch(static_cast<int64_t>(batch.size()));
    Append(std::move(batch));
  }
}

void Lane::Append(std::vector<QueuedEntry> batch) {
  std::vector<Held> held(batch.size());
  Group group;
  group.reserve(batch.size());
  for (size_t i = 0; i < batch.size(); ++i) {
    held[i].queued = std::move(batch[i]);
    held[i].prepared = &held[i].queued.prepared();
    group.push_back(&held[i]);
  }
  AppendGroup(std::move(group), /*in_doubt=*/false);
}

void Lane::AppendGroup(Group group, bool in_doubt) {
  int failure_count = 0;
  int disagreement_count = 0;
  while (true) {
    DropOverdue(group, in_doubt);
    if (group.empty()) {
      return;
    }
    const absl::Status status =
        RunOnce(group, {.lock_first = disagreement_count >= kDisagreementsMax, .recommit = in_doubt});
    switch (status.code()) {
      case absl::StatusCode::kOk:
        return;
      case absl::StatusCode::kAborted:
        observer_->OnRerun(RerunReason::kLookupsDisagree, status);
        ++disagreement_count;
        continue;
      case absl::StatusCode::kInvalidArgument:
        observer_->OnRerun(RerunReason::kRowRefused, status);
        return Isolate(group, in_doubt, status);
      case absl::StatusCode::kDataLoss:
        // From now on, for good: whatever later runs meet, this batch may already lie in the log.
        in_doubt = true;
        observer_->OnRerun(RerunReason::kCommitUnknown, status);
        break;
      case absl::StatusCode::kUnavailable:
        observer_->OnRerun(RerunReason::kStoreUnavailable, status);
        break;
      case absl::StatusCode::kOutOfRange:
        observer_->OnError(status);
        return RefuseAll(group, in_doubt ? Refusal::kCommitUnknown : Refusal::kLogRolledBack);
      default:
        observer_->OnError(status);
        return RefuseAll(group, GivenUp(in_doubt));
    }
    if (!BackOff(++failure_count)) {
      return RefuseAll(group, GivenUp(in_doubt));
    }
  }
}

absl::Status Lane::RunOnce(const Group& group, db::BeginOptions options) {
  RETURN_IF_ERROR(AssignPayloadIds(group));
  const std::vector<LaneEntry*> entries(group.begin(), group.end());
  const std::vector<db::LookupKey> keys = LookupKeysOf(entries);
  ASSIGN_OR_RETURN(const db::OpenBatch open, store_->Begin(keys, options));
  const Plan plan = Classify(entries, open.found, open.database_time, options_.clock_skew_max);
  if (plan.new_entries.empty() && !options.recommit) {
    // Answered from the look-up alone. READ COMMITTED shows only what is committed, and with synchronous_commit=on
    // Postgres makes a transaction visible only after its commit record is flushed here and, where synchronous standbys
    // are named, there: visible means durable. The exception is a commit whose wait for a standby was cancelled or cut:
    // it is visible before it is replicated. Its own batch is run again with `recommit`, which waits; a repeat from
    // elsewhere is answered as locally durable.
    store_->Rollback();
    AnswerFromPlan(group, plan, /*tree_size=*/-1);
    return absl::OkStatus();
  }
  // With nothing new too when an earlier commit is in doubt: this commit then waits until that one is flushed and
  // replicated.
  ASSIGN_OR_RETURN(const db::LockedBatch locked, store_->Integrate(plan.new_entries, keys));
  if (options_.tree_size_min && locked.tree_size < options_.tree_size_min()) {
    store_->Rollback();
    return absl::OutOfRangeError("the log is smaller than its last signed checkpoint");
  }
  if (!SameFound(open.found, locked.found)) {
    store_->Rollback();
    return options.lock_first ? absl::InternalError("look-ups under one lock disagree")
                              : absl::AbortedError("look-ups before and under the lock disagree");
  }
  const SteadyClock::time_point start = SteadyClock::now();
  ASSIGN_OR_RETURN(const int64_t lock_held_us, store_->Commit(plan.new_entries));
  const std::chrono::duration<double> commit_time = SteadyClock::now() - start;
  constexpr double kMicrosecond = 1e-6;
  observer_->OnCommit({.entry_count = static_cast<int64_t>(plan.new_entries.size()),
                       .commit_seconds = commit_time.count(),
                       .lock_held_seconds = static_cast<double>(lock_held_us) * kMicrosecond});
  AnswerFromPlan(group, plan, locked.tree_size);
  return absl::OkStatus();
}

absl::Status Lane::AssignPayloadIds(const Group& group) {
  for (Held* held : group) {
    if (held->prepared->entry.payload_id != 0) {
      continue;  // from an earlier run: by this id we know ours again
    }
    if (payload_ids_.count == 0) {
      ASSIGN_OR_RETURN(payload_ids_, store_->ReservePayloadIds());
    }
    held->prepared->entry.payload_id = payload_ids_.first++;
    --payload_ids_.count;
  }
  return absl::OkStatus();
}

void Lane::Isolate(const Group& group, bool in_doubt, const absl::Status& refusal) {
  if (group.size() > 1) {
    const auto middle = group.begin() + static_cast<std::ptrdiff_t>(group.size() / 2);
    AppendGroup(Group(group.begin(), middle), in_doubt);
    AppendGroup(Group(middle, group.end()), in_doubt);
    return;
  }
  db::NewEntry& entry = group.front()->prepared->entry;
  std::string sqlstate = JsonbSqlState(refusal);
  if (entry.payload_error.empty() && !sqlstate.empty()) {
    entry.payload_error = std::move(sqlstate);
    return AppendGroup(group, in_doubt);
  }
  observer_->OnError(refusal);
  RefuseAll(group, in_doubt ? Refusal::kCommitUnknown : Refusal::kEntryRefused);
}

void Lane::AnswerFromPlan(const Group& group, const Plan& plan, int64_t tree_size) {
  std::vector<AnsweredEntry> answered;
  answered.reserve(group.size());
  for (size_t i = 0; i < group.size(); ++i) {
    const Verdict& verdict = plan.verdicts[i];
    answered.push_back({group[i]->prepared, verdict.answer});
    if (verdict.new_position >= 0) {
      answered.back().answer.leaf_index = tree_size + verdict.new_position;
    }
  }
  observer_->OnAnswers(answered);
  for (size_t i = 0; i < group.size(); ++i) {
    group[i]->queued.call->Answer(group[i]->queued.index, answered[i].answer);
  }
}

void Lane::RefuseAll(const Group& group, Refusal refusal) {
  Plan plan;
  plan.verdicts.assign(group.size(), {.answer = Refused(refusal)});
  AnswerFromPlan(group, plan, /*tree_size=*/-1);
}

void Lane::DropOverdue(Group& group, bool in_doubt) {
  const SteadyClock::time_point now = SteadyClock::now();
  const auto overdue = std::stable_partition(group.begin(), group.end(),
                                             [now](const Held* held) { return held->queued.call->deadline() > now; });
  if (overdue != group.end()) {
    RefuseAll(Group(overdue, group.end()), GivenUp(in_doubt));
    group.erase(overdue, group.end());
  }
}

bool Lane::BackOff(int failure_count) {
  constexpr int kDoublingsMax = 16;
  const auto ceiling = std::min<std::chrono::microseconds>(
      options_.backoff_min * (int64_t{1} << std::min(failure_count - 1, kDoublingsMax)), options_.backoff_max);
  std::uniform_int_distribution<int64_t> jitter(ceiling.count() / 2, ceiling.count());
  return queue_->PauseUntil(SteadyClock::now() + std::chrono::microseconds(jitter(random_)));
}

}  // namespace affidavit::ledger
