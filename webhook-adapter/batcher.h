// Between the sessions and the ledger: a bounded queue and a few threads, each of which takes whatever is queued and
// sends it in one call. Envelopes that arrive while all calls are under way travel together in the next one: no timer,
// full batches under load.
//
// 1. Every envelope that Submit took gets its Done called exactly once, by Drain's return at the latest.
// 2. An envelope is never sent after its deadline; its Done may then be late by one call, so who must answer in time
// holds a timer.
// 3. A call that fails in a way that a repeat can mend is repeated, with backoff and jitter, while a deadline is open.
//
// Thread-safe. Free of gRPC and Beast.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ops/alert_limiter.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "webhook-adapter/ledger_client.h"

namespace affidavit::adapter {

class Batcher {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;

  // Called once, from a batcher's thread: must not block. A status says that nothing is known to be stored.
  using Done = absl::AnyInvocable<void(absl::StatusOr<AppendResult>)>;

  struct Options {
    std::string adapter_id;
    std::vector<SigningKey> signing_keys;
    int append_calls_in_flight = 2;
    int batch_count_max = 512;
    int64_t batch_bytes_max = 3 << 20;
    int queue_count_max = 8192;
    std::chrono::milliseconds sign_of_life_interval{5'000};
    std::chrono::milliseconds sign_of_life_timeout{3'000};
    std::chrono::milliseconds backoff_min{50};
    std::chrono::milliseconds backoff_max{1'000};

    // The ledger says that going on would do harm: a key id is on record with another secret. Called at most once, from
    // a batcher's thread, which must not be joined from within.
    std::function<void(const absl::Status&)> on_fatal;
  };

  // `client` must outlive this. Calls the ledger at once, with an empty batch.
  Batcher(Options options, LedgerClient& client);
  ~Batcher();  // Drain without patience

  Batcher(const Batcher&) = delete;
  Batcher& operator=(const Batcher&) = delete;

  // UNAVAILABLE when draining, RESOURCE_EXHAUSTED when the queue is full: `done` is not called then.
  absl::Status Submit(Envelope envelope, SteadyTime deadline, Done done);

  // Refuses what is new, sends what is queued until `deadline`, answers UNAVAILABLE to the rest and joins the threads.
  // A call under way is waited for: it has the deadline of its envelopes.
  void Drain(SteadyTime deadline);

  // True iff a call succeeded within the last `age`.
  bool ReachedLedgerWithin(std::chrono::milliseconds age) const;

 private:
  struct Item {
    Envelope envelope;
    SteadyTime deadline;
    Done done;
  };
  enum class Verdict { kDone, kRetry, kSplit, kGiveUp };

  void Run();
  // Waits for envelopes or for the next sign of life; false when it is time to end.
  bool Take(std::vector<Item>& batch);
  void Deliver(std::vector<Item> batch);
  void SendSignOfLife();
  absl::StatusOr<std::vector<AppendResult>> Call(std::vector<Item>& batch, SteadyTime deadline);
  Verdict Judge(const absl::Status& status, size_t batch_count);
  void NoteSuccess();
  void NoteFailure(const absl::Status& status);
  // False when draining has run out of patience meanwhile.
  bool Pause(int attempt, SteadyTime deadline);

  const Options options_;
  LedgerClient& client_;
  prometheus::Gauge& queue_depth_;
  prometheus::Histogram& batch_size_;
  prometheus::Histogram& append_call_seconds_;

  std::atomic<int64_t> last_success_ms_;  // steady; the start when there was none
  std::atomic<bool> succeeded_{false};    // ever
  std::atomic<bool> unreachable_{false};  // alerted, and not reached since
  std::atomic<bool> fatal_{false};

  ops::AlertLimiter limiter_;

  mutable std::mutex mutex_;
  std::condition_variable work_;   // something to take, or stopping
  std::condition_variable idle_;   // nothing queued and nothing under way
  std::condition_variable pause_;  // stopping; apart from work_, whose notifications must not wake who cannot take
  // Guarded by mutex_:
  std::deque<Item> queue_;
  int busy_count_ = 0;
  bool draining_ = false;
  bool stopping_ = false;
  SteadyTime next_sign_of_life_;

  std::vector<std::thread> threads_;
};

}  // namespace affidavit::adapter
