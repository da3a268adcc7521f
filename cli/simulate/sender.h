// Sends a scenario's posts over several connections at their time, retries as the platform does, and keeps the books.
//
// Threads: Run's own paces the posts (open loop: a slow answer does not slow the posts down, until the bounded backlog
// is full); one thread a connection sends them. A post's books are done, journal first, before its connection sends the
// next.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_set>

#include "absl/status/status.h"
#include "cli/simulate/http_connection.h"
#include "cli/simulate/journal.h"
#include "cli/simulate/platform_signature.h"
#include "cli/simulate/scenario.h"
#include "cli/simulate/summary.h"

namespace affidavit::simulate {

// After a 429, a 5xx or no answer at all: the same bytes again, after delay_first, doubling to delay_max, each made
// shorter or longer by up to a quarter so that connections do not march in step. Never sooner than Retry-After asks, up
// to delay_max.
struct RetryPolicy {
  int retry_count_max = 5;
  std::chrono::milliseconds delay_first{1'000};
  std::chrono::milliseconds delay_max{30'000};
};

// The wait before retry number `retry` (from 1), with `jitter` from [0, 1).
std::chrono::milliseconds RetryDelay(const RetryPolicy& policy, int retry, std::chrono::seconds retry_after,
                                     double jitter);

struct SenderOptions {
  HttpTarget target;
  SigningSecret secret;
  int connection_count = 8;
  RetryPolicy retry;
  bool paced = true;  // false: as fast as the connections take it
  size_t backlog_count_max = 10'000;
};

struct Progress {
  int64_t sent = 0, retried = 0, gave_up = 0, mismatches = 0;
  std::chrono::duration<double> elapsed{};
};

class Sender {
 public:
  // `scenario`, `journal` (may be null) and `stop` outlive the sender. `stop` ends the run early: no new posts, no more
  // retries.
  Sender(SenderOptions options, Scenario& scenario, Journal* journal, const std::atomic<bool>& stop);

  // Returns once every post has its final answer. `progress` is called from this thread, some times a second.
  // UNAVAILABLE when the adapter cannot be reached at the start; DATA_LOSS when the journal cannot be written.
  absl::Status Run(const std::function<void(const Progress&)>& progress);

  // After Run.
  const Summary& summary() const { return summary_; }
  std::chrono::duration<double> elapsed() const { return elapsed_; }

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;

  void Pace(const std::function<void(const Progress&)>& progress);
  bool Push(Post post, const std::function<void(const Progress&)>& progress);
  void TickIfDue(const std::function<void(const Progress&)>& progress);
  void AbortLocked();
  void Work(int connection_index);
  std::optional<Post> Take();
  Outcome Deliver(const Post& post, const std::string& sha256_hex, HttpConnection& connection, Random& random);
  bool WaitBeforeRetry(std::chrono::milliseconds delay);
  void Settle(const Post& post, const Outcome& outcome, const absl::Status& journal_status);

  const SenderOptions options_;
  Scenario& scenario_;
  Journal* const journal_;
  const std::atomic<bool>& stop_;
  SteadyTime start_, next_tick_;  // of the pacing thread
  std::chrono::duration<double> elapsed_{};

  std::mutex mutex_;
  std::condition_variable posts_;    // workers: a post came, or none will
  std::condition_variable settled_;  // workers: a post has its final answer
  std::condition_variable aborts_;   // workers between two attempts
  std::condition_variable pacer_;    // the pacing thread: there is room again, or nobody works any more
  // Everything below is guarded by mutex_ while workers run.
  std::deque<Post> backlog_;               // in the scenario's order
  std::unordered_set<int64_t> under_way_;  // numbers of the posts that have no final answer yet
  bool closed_ = false;                    // no more posts come
  bool aborted_ = false;                   // end what is left: `stop_`, or the journal is lost
  int working_count_ = 0;
  absl::Status journal_status_;
  Summary summary_;
};

}  // namespace affidavit::simulate
