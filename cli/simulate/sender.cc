#include "cli/simulate/sender.h"

#include <algorithm>
#include <thread>
#include <utility>
#include <vector>

#include "core/base/digest.h"
#include "core/base/encoding.h"
#include "core/base/status_macros.h"
#include "core/base/text.h"

namespace affidavit::simulate {
namespace {

using std::chrono::milliseconds;

// How often the pacing thread looks up from its waits, for progress and for `stop`.
constexpr milliseconds kTick{200};

}  // namespace

milliseconds RetryDelay(const RetryPolicy& policy, int retry, std::chrono::seconds retry_after, double jitter) {
  milliseconds delay = policy.delay_first;
  for (int i = 1; i < retry && delay < policy.delay_max; ++i) {
    delay = std::min(delay * 2, policy.delay_max);
  }
  const double factor = 0.75 + 0.5 * jitter;
  const milliseconds jittered(static_cast<int64_t>(static_cast<double>(delay.count()) * factor));
  return std::min(std::max<milliseconds>(jittered, retry_after), policy.delay_max);
}

Sender::Sender(SenderOptions options, Scenario& scenario, Journal* journal, const std::atomic<bool>& stop)
    : options_(std::move(options)), scenario_(scenario), journal_(journal), stop_(stop) {}

absl::Status Sender::Run(const std::function<void(const Progress&)>& progress) {
  if (absl::Status reached = HttpConnection(options_.target).Probe(); !reached.ok()) {
    return absl::UnavailableError(
        Concat({"no adapter answers at ", options_.target.url, ": ", std::string(reached.message()),
                "\n  what to do: check that it runs, --url, and --ca when its certificate is not a public one"}));
  }
  start_ = std::chrono::steady_clock::now();
  working_count_ = options_.connection_count;
  std::vector<std::thread> workers;
  workers.reserve(static_cast<size_t>(options_.connection_count));
  for (int i = 0; i < options_.connection_count; ++i) {
    workers.emplace_back([this, i] { Work(i); });
  }
  Pace(progress);
  for (std::thread& worker : workers) {
    worker.join();
  }
  elapsed_ = std::chrono::steady_clock::now() - start_;
  return journal_status_;
}

void Sender::Pace(const std::function<void(const Progress&)>& progress) {
  while (std::optional<Post> post = scenario_.Next()) {
    if (!Push(*std::move(post), progress)) {
      break;
    }
  }
  std::unique_lock lock(mutex_);
  closed_ = true;
  posts_.notify_all();
  while (!pacer_.wait_for(lock, kTick, [this] { return working_count_ == 0; })) {
    lock.unlock();
    TickIfDue(progress);
    lock.lock();
  }
}

// Waits until the post is due and there is room for it. False when the run is to end.
bool Sender::Push(Post post, const std::function<void(const Progress&)>& progress) {
  const SteadyTime due = options_.paced ? start_ + post.due : start_;
  while (true) {
    TickIfDue(progress);
    const SteadyTime now = std::chrono::steady_clock::now();
    std::unique_lock lock(mutex_);
    const auto has_room = [this] { return backlog_.size() < options_.backlog_count_max; };
    if (aborted_) {
      return false;
    }
    if (due <= now && has_room()) {
      under_way_.insert(post.number);
      backlog_.push_back(std::move(post));
      posts_.notify_one();
      return true;
    }
    const bool awaits_room = due <= now;
    pacer_.wait_until(lock, awaits_room ? now + kTick : std::min(due, now + kTick),
                      [&] { return aborted_ || (awaits_room && has_room()); });
  }
}

void Sender::TickIfDue(const std::function<void(const Progress&)>& progress) {
  const SteadyTime now = std::chrono::steady_clock::now();
  if (now < next_tick_) {
    return;
  }
  next_tick_ = now + kTick;
  Progress report{.elapsed = now - start_};
  {
    const std::lock_guard lock(mutex_);
    if (stop_.load()) {
      AbortLocked();
    }
    report.sent = summary_.sent();
    report.retried = summary_.retried();
    report.gave_up = summary_.count(Answer::kGaveUp);
    report.mismatches = summary_.mismatches();
  }
  progress(report);
}

void Sender::AbortLocked() {
  aborted_ = true;
  posts_.notify_all();
  settled_.notify_all();
  aborts_.notify_all();
  pacer_.notify_all();
}

void Sender::Work(int connection_index) {
  HttpConnection connection(options_.target);
  Random random(scenario_.options().seed + static_cast<uint64_t>(connection_index));  // of retry delays only
  while (const std::optional<Post> post = Take()) {
    const std::string sha256_hex = HexEncode(AsBytes(Sha256(post->body)));
    const Outcome outcome = Deliver(*post, sha256_hex, connection, random);
    absl::Status written;
    if (journal_ != nullptr) {
      written = journal_->Append(JournalLine(*post, sha256_hex, outcome));
    }
    Settle(*post, outcome, written);
  }
  const std::lock_guard lock(mutex_);
  --working_count_;
  pacer_.notify_all();
}

// The next post, once what it refers to has been answered. No deadlock: that one came before it, so a connection has it
// already, and it waits for nothing itself. The wait ends with that one's retries at the latest.
std::optional<Post> Sender::Take() {
  std::unique_lock lock(mutex_);
  posts_.wait(lock, [this] { return aborted_ || closed_ || !backlog_.empty(); });
  if (aborted_ || backlog_.empty()) {
    return std::nullopt;
  }
  Post post = std::move(backlog_.front());
  backlog_.pop_front();
  if (backlog_.size() + 1 == options_.backlog_count_max) {
    pacer_.notify_all();
  }
  settled_.wait(lock, [&] { return aborted_ || !post.after || under_way_.count(*post.after) == 0; });
  return aborted_ ? std::nullopt : std::optional<Post>(std::move(post));
}

Outcome Sender::Deliver(const Post& post, const std::string& sha256_hex, HttpConnection& connection, Random& random) {
  for (int attempt = 1;; ++attempt) {
    const HttpAnswer answer =
        connection.Post(SignatureHeaders(options_.secret, post, SystemClock().WallNow()), post.body);
    if (answer.status != 0 && !IsRetried(answer.status)) {
      Outcome outcome = ReadAnswer(answer.status, answer.body, sha256_hex);
      outcome.attempt_count = attempt;
      outcome.latency = answer.elapsed;
      return outcome;
    }
    const bool again = attempt <= options_.retry.retry_count_max &&
                       WaitBeforeRetry(RetryDelay(options_.retry, attempt, answer.retry_after, random.Unit()));
    if (!again) {
      return {.http_status = answer.status, .attempt_count = attempt, .latency = answer.elapsed};
    }
  }
}

bool Sender::WaitBeforeRetry(milliseconds delay) {
  std::unique_lock lock(mutex_);
  aborts_.wait_for(lock, delay, [this] { return aborted_; });
  return !aborted_;
}

void Sender::Settle(const Post& post, const Outcome& outcome, const absl::Status& journal_status) {
  const std::lock_guard lock(mutex_);
  summary_.Record(post, outcome);
  under_way_.erase(post.number);
  if (!journal_status.ok() && journal_status_.ok()) {
    journal_status_ = journal_status;
    AbortLocked();
  }
  settled_.notify_all();
}

}  // namespace affidavit::simulate
