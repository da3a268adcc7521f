// A ledger in memory that can be told to stand still, to fail and to refuse. Thread-safe.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "webhook-adapter/ledger_client.h"

namespace affidavit::adapter {

class FakeLedger : public LedgerClient {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;

  // One envelope's result; the default stores everything.
  using Judge = std::function<AppendResult(const Envelope&)>;

  absl::StatusOr<std::vector<AppendResult>> AppendEnvelopes(const AppendCall& call, SteadyTime deadline) override {
    std::unique_lock lock(mutex_);
    ++calls_count_;
    calls_in_flight_max_ = std::max(calls_in_flight_max_, ++calls_in_flight_);
    adapter_id_ = call.adapter_id;
    keys_count_ = call.signing_keys.size();
    if (!call.envelopes.empty()) {
      batches_.push_back(call.envelopes.size());
    }
    changed_.notify_all();
    const bool released = call.envelopes.empty() || changed_.wait_until(lock, deadline, [this] { return !held_; });
    --calls_in_flight_;
    if (!released) {
      return absl::DeadlineExceededError("held");
    }
    if (!failures_.empty()) {
      const absl::Status failure = failures_.front();
      if (failures_.size() > 1 || !fails_for_ever_) {
        failures_.pop_front();
      }
      return failure;
    }
    if (std::any_of(call.envelopes.begin(), call.envelopes.end(),
                    [this](const Envelope* envelope) { return !poison_.empty() && envelope->payload == poison_; })) {
      return absl::InvalidArgumentError("ENVELOPE_INVALID");
    }
    std::vector<AppendResult> results;
    for (Envelope* envelope : call.envelopes) {
      results.push_back(judge_ ? judge_(*envelope) : Accept(*envelope));
      envelopes_.push_back(*envelope);
    }
    if (loses_results_) {
      results.clear();
    }
    return results;
  }

  // Calls with envelopes stand still, until their deadline at most.
  void Hold() {
    Set([this] { held_ = true; });
  }
  void Release() {
    Set([this] { held_ = false; });
  }
  // The next `count` calls fail, empty ones too.
  void Fail(const absl::Status& status, int count = 1) {
    Set([&] { failures_.insert(failures_.end(), static_cast<size_t>(count), status); });
  }
  void FailForEver(const absl::Status& status) {
    Set([&] { failures_.assign(1, status), fails_for_ever_ = true; });
  }
  void Recover() {
    Set([this] { failures_.clear(), fails_for_ever_ = false; });
  }
  // A batch with this payload in it is refused as a whole.
  void Poison(std::string payload) {
    Set([&] { poison_ = std::move(payload); });
  }
  void LoseResults() {
    Set([this] { loses_results_ = true; });
  }
  void JudgeWith(Judge judge) {
    Set([&] { judge_ = std::move(judge); });
  }

  // True when `condition` of this ledger held within ten seconds.
  template <typename Condition>
  bool WaitFor(Condition condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return condition(*this); });
  }
  bool WaitForCalls(int count) {
    return WaitFor([count](const FakeLedger& ledger) { return ledger.calls_count_ >= count; });
  }
  bool WaitForBatches(size_t count) {
    return WaitFor([count](const FakeLedger& ledger) { return ledger.batches_.size() >= count; });
  }

  std::vector<size_t> batches() const { return Get(&FakeLedger::batches_); }  // sizes, failed calls too
  std::vector<Envelope> envelopes() const { return Get(&FakeLedger::envelopes_); }
  int calls_count() const { return Get(&FakeLedger::calls_count_); }
  int calls_in_flight_max() const { return Get(&FakeLedger::calls_in_flight_max_); }
  std::string adapter_id() const { return Get(&FakeLedger::adapter_id_); }
  size_t keys_count() const { return Get(&FakeLedger::keys_count_); }

 private:
  AppendResult Accept(const Envelope& envelope) {
    return {.outcome = AppendOutcome::kAccepted,
            .event_id = envelope.request_id,
            .payload_sha256 = {},
            .leaf_index = static_cast<int64_t>(envelopes_.size())};
  }

  template <typename Change>
  void Set(Change change) {
    const std::lock_guard lock(mutex_);
    change();
    changed_.notify_all();
  }
  template <typename T>
  T Get(T FakeLedger::*member) const {
    const std::lock_guard lock(mutex_);
    return this->*member;
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_:
  bool held_ = false;
  bool fails_for_ever_ = false;
  bool loses_results_ = false;
  std::deque<absl::Status> failures_;
  std::string poison_;
  Judge judge_;
  std::vector<size_t> batches_;
  std::vector<Envelope> envelopes_;
  int calls_count_ = 0;
  int calls_in_flight_ = 0;
  int calls_in_flight_max_ = 0;
  std::string adapter_id_;
  size_t keys_count_ = 0;
};

}  // namespace affidavit::adapter
