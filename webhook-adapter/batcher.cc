#include "webhook-adapter/batcher.h"

#include <algorithm>
#include <iterator>
#include <random>
#include <utility>

#include "ops/log.h"
#include "ops/metrics.h"

namespace affidavit::adapter {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Without a successful call for so long, somebody should look.
constexpr milliseconds kUnreachableAfter{10'000};

int64_t SteadyMilliseconds() {
  return std::chrono::duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

// Between half of `delay` and all of it, so that adapters which failed together do not come back together.
milliseconds Jittered(milliseconds delay) {
  thread_local std::minstd_rand engine{std::random_device{}()};
  return milliseconds(std::uniform_int_distribution<int64_t>(delay.count() / 2, delay.count())(engine));
}

// Appends repeat safely, so whatever may be over the next time is worth a repeat.
bool IsTransient(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnknown:
      return true;
    default:
      return false;
  }
}

}  // namespace

Batcher::Batcher(Options options, LedgerClient& client)
    : options_(std::move(options)),
      client_(client),
      queue_depth_(ops::GaugeOf("affidavit_adapter_queue_depth", "Envelopes that wait for a call to the ledger")),
      batch_size_(ops::HistogramOf("affidavit_adapter_batch_size", "Envelopes a call, signs of life left out",
                                   ops::SizeBuckets())),
      append_call_seconds_(ops::HistogramOf("affidavit_adapter_append_call_seconds",
                                            "Calls to the ledger, failed ones too", ops::LatencyBuckets())),
      last_success_ms_(SteadyMilliseconds()),
      next_sign_of_life_(steady_clock::now()) {
  for (int i = 0; i < options_.append_calls_in_flight; ++i) {
    threads_.emplace_back([this] { Run(); });
  }
}

Batcher::~Batcher() {
  Drain(steady_clock::now());
}

absl::Status Batcher::Submit(Envelope envelope, SteadyTime deadline, Done done) {
  {
    const std::lock_guard lock(mutex_);
    if (draining_ || fatal_) {
      return absl::UnavailableError("draining");
    }
    if (queue_.size() >= static_cast<size_t>(options_.queue_count_max)) {
      return absl::ResourceExhaustedError("the queue is full");
    }
    queue_.push_back({std::move(envelope), deadline, std::move(done)});
    queue_depth_.Set(static_cast<double>(queue_.size()));
  }
  work_.notify_one();
  return absl::OkStatus();
}

void Batcher::Drain(SteadyTime deadline) {
  std::deque<Item> rest;
  {
    std::unique_lock lock(mutex_);
    draining_ = true;
    idle_.wait_until(lock, deadline, [this] { return queue_.empty() && busy_count_ == 0; });
    stopping_ = true;
    rest.swap(queue_);
    queue_depth_.Set(0);
  }
  work_.notify_all();
  pause_.notify_all();
  for (std::thread& thread : threads_) {
    thread.join();
  }
  threads_.clear();
  for (Item& item : rest) {
    item.done(absl::UnavailableError("the adapter stopped first"));
  }
}

bool Batcher::ReachedLedgerWithin(milliseconds age) const {
  return succeeded_ && SteadyMilliseconds() - last_success_ms_ <= age.count();
}

void Batcher::Run() {
  std::vector<Item> batch;
  while (Take(batch)) {
    if (batch.empty()) {
      SendSignOfLife();
    } else {
      Deliver(std::exchange(batch, {}));
    }
    const std::lock_guard lock(mutex_);
    if (--busy_count_ == 0 && queue_.empty()) {
      idle_.notify_all();
    }
  }
}

bool Batcher::Take(std::vector<Item>& batch) {
  std::unique_lock lock(mutex_);
  while (queue_.empty()) {
    if (stopping_) {
      return false;
    }
    const SteadyTime now = steady_clock::now();
    if (!draining_ && !fatal_ && now >= next_sign_of_life_) {
      next_sign_of_life_ = now + options_.sign_of_life_interval;
      ++busy_count_;
      return true;
    }
    // While draining only Drain's own notification can follow.
    work_.wait_until(lock, draining_ || fatal_ ? now + options_.sign_of_life_interval : next_sign_of_life_);
  }
  int64_t bytes = 0;
  while (!queue_.empty() && batch.size() < static_cast<size_t>(options_.batch_count_max)) {
    bytes += static_cast<int64_t>(queue_.front().envelope.payload.size());
    if (!batch.empty() && bytes > options_.batch_bytes_max) {
      break;
    }
    batch.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  queue_depth_.Set(static_cast<double>(queue_.size()));
  next_sign_of_life_ = steady_clock::now() + options_.sign_of_life_interval;
  ++busy_count_;
  return true;
}

void Batcher::Deliver(std::vector<Item> batch) {
  for (int attempt = 0;; ++attempt) {
    const SteadyTime now = steady_clock::now();
    std::erase_if(batch, [now](Item& item) {
      const bool expired = item.deadline <= now;
      if (expired) {
        item.done(absl::DeadlineExceededError("the ledger did not answer in time"));
      }
      return expired;
    });
    if (batch.empty()) {
      return;
    }
    const SteadyTime deadline = std::max_element(batch.begin(), batch.end(), [](const Item& a, const Item& b) {
                                  return a.deadline < b.deadline;
                                })->deadline;
    absl::StatusOr<std::vector<AppendResult>> results = Call(batch, deadline);
    if (results.ok()) {
      for (size_t i = 0; i < batch.size(); ++i) {
        batch[i].done(std::move((*results)[i]));
      }
      return;
    }
    const Verdict verdict = Judge(results.status(), batch.size());
    if (verdict == Verdict::kRetry && Pause(attempt, deadline)) {
      continue;
    }
    if (verdict == Verdict::kSplit) {
      // One envelope that the ledger finds malformed must not keep the others out.
      const auto middle = batch.begin() + static_cast<std::ptrdiff_t>(batch.size() / 2);
      std::vector<Item> second(std::make_move_iterator(middle), std::make_move_iterator(batch.end()));
      batch.erase(middle, batch.end());
      Deliver(std::move(batch));
      Deliver(std::move(second));
      return;
    }
    for (Item& item : batch) {
      item.done(absl::UnavailableError("the ledger did not take it"));
    }
    return;
  }
}

void Batcher::SendSignOfLife() {
  std::vector<Item> nothing;
  const auto results = Call(nothing, steady_clock::now() + options_.sign_of_life_timeout);
  if (!results.ok()) {
    Judge(results.status(), 0);
  }
}

absl::StatusOr<std::vector<AppendResult>> Batcher::Call(std::vector<Item>& batch, SteadyTime deadline) {
  if (fatal_) {
    return absl::FailedPreconditionError("the ledger refuses this adapter");
  }
  std::vector<Envelope*> envelopes;
  envelopes.reserve(batch.size());
  for (Item& item : batch) {
    envelopes.push_back(&item.envelope);
  }
  const SteadyTime begin = steady_clock::now();
  absl::StatusOr<std::vector<AppendResult>> results = client_.AppendEnvelopes(
      {.adapter_id = options_.adapter_id, .signing_keys = options_.signing_keys, .envelopes = envelopes}, deadline);
  append_call_seconds_.Observe(std::chrono::duration<double>(steady_clock::now() - begin).count());
  if (!batch.empty()) {
    batch_size_.Observe(static_cast<double>(batch.size()));
  }
  if (results.ok() && results->size() != batch.size()) {
    // Not a transient code: a ledger that counts wrongly would do so again.
    results = absl::DataLossError("the ledger's results do not match the envelopes");
  }
  if (results.ok()) {
    NoteSuccess();
  } else {
    NoteFailure(results.status());
  }
  return results;
}

Batcher::Verdict Batcher::Judge(const absl::Status& status, size_t batch_count) {
  if (ErrorReasonOf(status) == kKeyFingerprintChanged) {
    if (!fatal_.exchange(true) && options_.on_fatal) {
      options_.on_fatal(status);
    }
    return Verdict::kGiveUp;
  }
  if (IsTransient(status.code())) {
    return Verdict::kRetry;
  }
  return status.code() == absl::StatusCode::kInvalidArgument && batch_count > 1 ? Verdict::kSplit : Verdict::kGiveUp;
}

void Batcher::NoteSuccess() {
  last_success_ms_ = SteadyMilliseconds();
  succeeded_ = true;
  if (unreachable_.exchange(false)) {
    ops::LogInfo("the ledger can be reached again");
  }
}

void Batcher::NoteFailure(const absl::Status& status) {
  ops::CounterOf("affidavit_adapter_append_call_failures_total", "Calls to the ledger that failed",
                 {{"code", absl::StatusCodeToString(status.code())}})
      .Increment();
  if (const auto suppressed = limiter_.Admit("failure", steady_clock::now())) {
    ops::LogWarning("a call to the ledger failed", {{"error", status.ToString()}, {"suppressed", *suppressed}});
  }
  const int64_t silent_ms = SteadyMilliseconds() - last_success_ms_;
  if (silent_ms > kUnreachableAfter.count() && !unreachable_.exchange(true)) {
    ops::RaiseAlert(ops::kAlertLedgerUnreachable, {{"error", status.ToString()}, {"silent_ms", silent_ms}});
  }
  // Ask again soon rather than at the usual interval: readiness hangs on it.
  const std::lock_guard lock(mutex_);
  next_sign_of_life_ = std::min(next_sign_of_life_, steady_clock::now() + Jittered(options_.backoff_max));
  work_.notify_one();
}

bool Batcher::Pause(int attempt, SteadyTime deadline) {
  const milliseconds delay = std::min(options_.backoff_max, options_.backoff_min * (1 << std::min(attempt, 10)));
  const SteadyTime until = std::min(deadline, steady_clock::now() + Jittered(delay));
  std::unique_lock lock(mutex_);
  while (!stopping_ && steady_clock::now() < until) {
    pause_.wait_until(lock, until);
  }
  return !stopping_;
}

}  // namespace affidavit::adapter
