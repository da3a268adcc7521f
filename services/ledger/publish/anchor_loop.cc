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
    : target_(std::move(target)),
      pace_(pace),
      due_(steady_clock::now()),
      backoff_(pace.backoff_min, pace.backoff_max),
      loop_([this] { return Step(); }) {}

milliseconds AnchorLoop::Step() {
  const absl::StatusOr<std::optional<db::StoredCheckpoint>> found = target_.find();
  if (!found.ok()) {
    return backoff_.Next();  // our own database: others alert
  }
  if (!found->has_value()) {
    waiting_since_.reset();
    failure_count_ = 0;
    backoff_.Reset();
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
  backoff_.Reset();
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
  return backoff_.Next();
}

void AnchorLoop::SetAge() {
  const std::chrono::duration<double> age =
      waiting_since_.has_value() ? steady_clock::now() - *waiting_since_ : steady_clock::duration(0);
  ops::GaugeOf("affidavit_ledger_anchor_age_seconds",
               "For how long there have been checkpoints that this target has not anchored.",
               {{"target", target_.name}})
      .Set(age.count());
}

}  // namespace affidavit::ledger
