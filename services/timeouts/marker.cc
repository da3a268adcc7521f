#include "services/timeouts/marker.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_join.h"
#include "core/base/status_macros.h"
#include "db/state.h"
#include "db/timeouts_store.h"
#include "ops/alerts.h"
#include "ops/log.h"
#include "services/timeouts/timeouts_metrics.h"

namespace affidavit::timeouts {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr size_t kBatchCountMax = 100;
// Beyond it the projector is waited for: what is marked and not folded is read again with every step.
constexpr size_t kMarkedCountMax = 2'000;
constexpr std::chrono::milliseconds kLockFreshness{1'000};
constexpr std::chrono::milliseconds kAppendTimeMax{10'000};

}  // namespace

Marker::Marker(const TimeoutsOptions* options, db::SessionLock* lock, records::RecordClient* ledger,
               std::function<bool()> is_stopping)
    : options_(options),
      lock_(lock),
      ledger_(ledger),
      is_stopping_(std::move(is_stopping)),
      history_(options->adapter_grace) {}

absl::StatusOr<bool> Marker::Step() {
  ASSIGN_OR_RETURN(const Situation situation, Look());
  const Decision decision = Decide(*options_, situation, kBatchCountMax);
  SetHoldup(!decision.holding_adapter_ids.empty(), decision.oldest_due_age);
  NoteHoldup(decision);
  if (decision.to_mark.empty() || is_stopping_()) {
    return false;
  }
  // Should this process stand still from here on, and go on when another has the lock: the sends were due when they
  // were looked at, and the log takes one record of each. An answer that came meanwhile is a late one, and supersedes.
  RETURN_IF_ERROR(lock_->Check(kLockFreshness));
  RETURN_IF_ERROR(Append(decision.to_mark));
  return decision.more && marked_.size() < kMarkedCountMax;
}

void Marker::StandBy() {
  history_ = AdapterHistory(options_->adapter_grace);
  marked_.clear();
  held_since_.reset();
  alert_time_.reset();
  SetHoldup(false, std::chrono::microseconds(0));
}

absl::StatusOr<Situation> Marker::Look() {
  Situation situation;
  std::optional<TimePoint> folded_until;
  const auto limit = static_cast<int>(kBatchCountMax + 1 + marked_.size() + refused_.size());
  RETURN_IF_ERROR(lock_->Transact([&](db::Transaction& transaction) {
    situation = {};
    // Adapters first: what they had handed over by then is in the log by the time of the horizon.
    situation.database_time = db::ReadDatabaseTime(transaction);
    situation.adapters = db::ReadKnownAdapters(transaction);
    folded_until = db::ReadTimeoutHorizon(transaction).folded_until;
    if (!folded_until) {
      return absl::OkStatus();
    }
    for (const ThresholdGroup& group : GroupsOf(*options_)) {
      for (db::DueSend& send :
           db::ReadDueSends(transaction, group.match, group.channels, *folded_until - group.threshold, limit)) {
        situation.sends.push_back({std::move(send), group.threshold});
      }
    }
    return absl::OkStatus();
  }));
  history_.Note(situation.database_time, situation.adapters);
  if (folded_until) {
    situation.settled_until = history_.SettledUntil(*folded_until);
  }
  Keep(situation.sends);
  return situation;
}

// Leaves what is neither marked nor refused, and forgets what the projections know by now.
void Marker::Keep(std::vector<OverdueSend>& sends) {
  std::set<SendKey> unfolded;
  std::erase_if(sends, [&](const OverdueSend& overdue) {
    SendKey key(overdue.send.source, overdue.send.event_id);
    if (marked_.contains(key)) {
      unfolded.insert(std::move(key));
      return true;
    }
    return refused_.contains(key);
  });
  marked_ = std::move(unfolded);
}

absl::Status Marker::Append(std::span<const OverdueSend> sends) {
  std::vector<records::Record> batch;
  batch.reserve(sends.size());
  for (const OverdueSend& overdue : sends) {
    batch.push_back(MakeTimeoutRecord(overdue, options_->worker_id));
  }
  const absl::StatusOr<std::vector<records::RecordReceipt>> receipts = ledger_->Append(batch, kAppendTimeMax);
  if (absl::IsInvalidArgument(receipts.status()) && sends.size() > 1) {
    return AppendEach(sends);
  }
  if (absl::IsInvalidArgument(receipts.status())) {
    const db::DueSend& send = sends.front().send;
    refused_.emplace(send.source, send.event_id);
    ops::LogError(
        "a silent failure cannot be recorded",
        {{"source", send.source}, {"leaf_index", send.leaf_index}, {"why", std::string(receipts.status().message())}});
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(receipts.status());
  if (receipts->size() != sends.size()) {
    return absl::InternalError("the ledger answered for another number of records than it was given");
  }
  for (size_t i = 0; i < sends.size(); ++i) {
    marked_.emplace(sends[i].send.source, sends[i].send.event_id);
    if (receipts->at(i).is_new) {
      CountMarked(sends[i].send.channel);
    }
  }
  return absl::OkStatus();
}

// One that the ledger never takes must not keep the others out.
absl::Status Marker::AppendEach(std::span<const OverdueSend> sends) {
  for (size_t i = 0; i < sends.size() && !is_stopping_(); ++i) {
    RETURN_IF_ERROR(Append(sends.subspan(i, 1)));
  }
  return absl::OkStatus();
}

void Marker::NoteHoldup(const Decision& decision) {
  if (decision.holding_adapter_ids.empty()) {
    held_since_.reset();
    alert_time_.reset();
    return;
  }
  const SteadyClock::time_point now = SteadyClock::now();
  held_since_ = held_since_.value_or(now);
  const SteadyClock::time_point since = alert_time_.value_or(*held_since_);
  if (now - since > options_->held_back_alert) {
    alert_time_ = now;
    ops::RaiseAlert(ops::kAlertTimeoutsHeldBack,
                    {{"adapter_ids", absl::StrJoin(decision.holding_adapter_ids, ",")},
                     {"held_seconds", std::chrono::duration_cast<std::chrono::seconds>(now - *held_since_).count()}});
  }
}

}  // namespace affidavit::timeouts
