#include "services/ledger/publish/anchor_loop.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "ops/log.h"
#include "ops/metrics.h"

namespace affidavit::ledger {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// For the metric: who has to do something about it.
std::string_view ResultName(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return "ok";
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      return "unavailable";
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kInvalidArgument:
      return "invalid";
    default:
      return "refused";
  }
}

void Count(const std::string& target, std::string_view result) {
  ops::CounterOf("affidavit_ledger_anchor_requests_total", "Checkpoints brought to witnesses and timestampers.",
                 {{"target", target}, {"result", std::string(result)}})
      .Increment();
}

}  // namespace

AnchorLoop::AnchorLoop(AnchorTarget target, const AnchorPace& pace)
    : target_(std::move(target)), pace_(pace), due_(steady_clock::now()), thread_([this] { Run(); }) {}

void AnchorLoop::Stop() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
  }
  stopped_.notify_all();
  if (thread_.joinable()) {
    thread_.join();
  }
}

void AnchorLoop::Run() {
  milliseconds pause(0);
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stopped_.wait_for(lock, pause, [this] { return stop_; })) {
    lock.unlock();
    pause = Step();
    lock.lock();
  }
}

milliseconds AnchorLoop::Step() {
  const absl::StatusOr<std::optional<db::StoredCheckpoint>> found = target_.find();
  if (!found.ok()) {
    return Backoff();  // our own database: others alert
  }
  if (!found->has_value()) {
    waiting_since_.reset();
    failure_count_ = 0;
    SetAge();
    return pace_.pause;
  }
  const auto now = steady_clock::now();
  waiting_since_ = waiting_since_.value_or(now);
  SetAge();
  if (now < due_) {
    return std::min(pace_.pause, std::chrono::ceil<milliseconds>(due_ - now));
  }
  const absl::Status status = target_.anchor(**found);
  if (absl::IsCancelled(status)) {
    return pace_.pause;
  }
  Count(target_.name, ResultName(status));
  if (!status.ok()) {
    return Failed(status);
  }
  if (failure_count_ > 0) {
    ops::LogInfo("anchor in reach again", {{"target", target_.name}, {"tree_size", (*found)->tree_size}});
  }
  failure_count_ = 0;
  waiting_since_.reset();
  due_ = steady_clock::now() + target_.interval;
  SetAge();
  return pace_.pause;
}

milliseconds AnchorLoop::Failed(const absl::Status& status) {
  ++failure_count_;
  if (failure_count_ >= pace_.alert_after) {
    ops::RaiseAlert(ops::kAlertAnchorFailing, {{"target", target_.name},
                                               {"failures", failure_count_},
                                               {"code", absl::StatusCodeToString(status.code())},
                                               {"why", std::string(status.message())}});
  } else {
    ops::LogWarning("checkpoint not anchored", {{"target", target_.name},
                                                {"code", absl::StatusCodeToString(status.code())},
                                                {"why", std::string(status.message())}});
  }
  SetAge();
  return Backoff();
}

void AnchorLoop::SetAge() {
  const std::chrono::duration<double> age =
      waiting_since_.has_value() ? steady_clock::now() - *waiting_since_ : steady_clock::duration(0);
  ops::GaugeOf("affidavit_ledger_anchor_age_seconds",
               "For how long there have been checkpoints that this target has not anchored.",
               {{"target", target_.name}})
      .Set(age.count());
}

milliseconds AnchorLoop::Backoff() {
  milliseconds backoff = pace_.backoff_min;
  for (int i = 1; i < failure_count_ && backoff < pace_.backoff_max; ++i) {
    backoff *= 2;
  }
  backoff = std::min(backoff, pace_.backoff_max);
  return milliseconds(std::uniform_int_distribution<int64_t>(backoff.count() / 2, backoff.count())(random_));
}

}  // namespace affidavit::ledger
