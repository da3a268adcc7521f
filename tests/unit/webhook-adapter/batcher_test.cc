#include "webhook-adapter/batcher.h"

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <random>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/webhook-adapter/fake_ledger.h"

namespace affidavit::adapter {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using testing::ElementsAre;
using testing::IsEmpty;

Envelope MakeEnvelope(std::string id, std::string payload = "{}") {
  Envelope envelope;
  envelope.source = "genesys";
  envelope.payload = std::move(payload);
  envelope.request_id = std::move(id);
  return envelope;
}

// What the batcher said about each envelope. Thread-safe.
class Answers {
 public:
  Batcher::Done For(const std::string& id) {
    return [this, id](absl::StatusOr<AppendResult> result) {
      const std::lock_guard lock(mutex_);
      results_.emplace(id, std::move(result));
      changed_.notify_all();
    };
  }

  bool WaitForCount(size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, seconds(20), [&] { return results_.size() >= count; });
  }

  size_t count() const {
    const std::lock_guard lock(mutex_);
    return results_.size();
  }
  size_t CountOf(const std::string& id) const {
    const std::lock_guard lock(mutex_);
    return results_.count(id);
  }
  absl::StatusCode CodeOf(const std::string& id) const {
    const std::lock_guard lock(mutex_);
    const auto found = results_.find(id);
    return found == results_.end() ? absl::StatusCode::kNotFound : found->second.status().code();
  }
  size_t OkCount() const {
    const std::lock_guard lock(mutex_);
    return static_cast<size_t>(
        std::count_if(results_.begin(), results_.end(), [](const auto& result) { return result.second.ok(); }));
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<std::string, absl::StatusOr<AppendResult>> results_;
};

class BatcherTest : public testing::Test {
 protected:
  BatcherTest() {
    options_.adapter_id = "adapter-7";
    options_.signing_keys = {{"genesys", "k1", "12345678"}};
    options_.append_calls_in_flight = 1;
    options_.backoff_min = milliseconds(2);
    options_.backoff_max = milliseconds(20);
  }

  // Starts and waits for the first sign of life, so that a test's own calls come after it.
  void Start() {
    batcher_ = std::make_unique<Batcher>(options_, ledger_);
    ASSERT_TRUE(ledger_.WaitForCalls(1));
  }

  absl::Status Submit(const std::string& id, milliseconds time = seconds(20), std::string payload = "{}") {
    return batcher_->Submit(MakeEnvelope(id, std::move(payload)), steady_clock::now() + time, answers_.For(id));
  }
  void SubmitOk(const std::string& id, milliseconds time = seconds(20), std::string payload = "{}") {
    ASSERT_TRUE(Submit(id, time, std::move(payload)).ok());
  }
  // The only thread stands still in a call with one envelope, "first".
  void HoldWithOneCallUnderWay() {
    ledger_.Hold();
    SubmitOk("first");
    ASSERT_TRUE(ledger_.WaitForBatches(1));
  }

  Batcher::Options options_;
  FakeLedger ledger_;
  Answers answers_;
  std::unique_ptr<Batcher> batcher_;
};

TEST_F(BatcherTest, WhatArrivesDuringACallTravelsTogetherInTheNext) {
  Start();
  HoldWithOneCallUnderWay();
  for (int i = 0; i < 10; ++i) {
    SubmitOk(std::to_string(i));
  }
  ledger_.Release();
  ASSERT_TRUE(answers_.WaitForCount(11));
  EXPECT_THAT(ledger_.batches(), ElementsAre(1, 10));
  EXPECT_EQ(answers_.OkCount(), 11U);
  EXPECT_EQ(ledger_.adapter_id(), "adapter-7");
  EXPECT_EQ(ledger_.keys_count(), 1U);
}

TEST_F(BatcherTest, BatchesAreBoundedInCount) {
  options_.batch_count_max = 4;
  Start();
  HoldWithOneCallUnderWay();
  for (int i = 0; i < 10; ++i) {
    SubmitOk(std::to_string(i));
  }
  ledger_.Release();
  ASSERT_TRUE(answers_.WaitForCount(11));
  EXPECT_THAT(ledger_.batches(), ElementsAre(1, 4, 4, 2));
}

TEST_F(BatcherTest, BatchesAreBoundedInBytesButALargeEnvelopeTravelsAlone) {
  options_.batch_bytes_max = 100;
  Start();
  HoldWithOneCallUnderWay();
  SubmitOk("a", seconds(20), std::string(60, 'a'));
  SubmitOk("b", seconds(20), std::string(40, 'b'));
  SubmitOk("c", seconds(20), std::string(1, 'c'));
  SubmitOk("large", seconds(20), std::string(500, 'l'));
  SubmitOk("d", seconds(20), std::string(1, 'd'));
  ledger_.Release();
  ASSERT_TRUE(answers_.WaitForCount(6));
  EXPECT_THAT(ledger_.batches(), ElementsAre(1, 2, 1, 1, 1));
}

TEST_F(BatcherTest, AFullQueueRefuses) {
  options_.queue_count_max = 3;
  Start();
  HoldWithOneCallUnderWay();
  for (int i = 0; i < 3; ++i) {
    SubmitOk(std::to_string(i));
  }
  EXPECT_EQ(Submit("one too many").code(), absl::StatusCode::kResourceExhausted);
  ledger_.Release();
  ASSERT_TRUE(answers_.WaitForCount(4));
  EXPECT_EQ(answers_.CountOf("one too many"), 0U);
}

TEST_F(BatcherTest, TransientFailuresAreRepeatedWithTheSameBytes) {
  Start();
  ledger_.Fail(absl::UnavailableError("down"), 3);
  ledger_.Fail(absl::ResourceExhaustedError("full"), 1);
  SubmitOk("a", seconds(20), "the payload");
  ASSERT_TRUE(answers_.WaitForCount(1));
  EXPECT_EQ(answers_.OkCount(), 1U);
  ASSERT_EQ(ledger_.envelopes().size(), 1U);
  EXPECT_EQ(ledger_.envelopes()[0].payload, "the payload");
}

TEST_F(BatcherTest, GivesUpAtTheDeadlineAndSaysNothingIsStored) {
  Start();
  ledger_.FailForEver(absl::UnavailableError("down"));
  SubmitOk("short", milliseconds(50));
  ASSERT_TRUE(answers_.WaitForCount(1));
  EXPECT_EQ(answers_.CodeOf("short"), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(ledger_.envelopes(), IsEmpty());
}

TEST_F(BatcherTest, WhatExpiredInTheQueueIsNotSent) {
  Start();
  HoldWithOneCallUnderWay();
  SubmitOk("expires", milliseconds(1));
  SubmitOk("stays");
  std::this_thread::sleep_until(steady_clock::now() + milliseconds(2));
  ledger_.Release();
  ASSERT_TRUE(answers_.WaitForCount(3));
  EXPECT_EQ(answers_.CodeOf("expires"), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(answers_.CodeOf("stays"), absl::StatusCode::kOk);
  EXPECT_THAT(ledger_.batches(), ElementsAre(1, 1));
}

TEST_F(BatcherTest, AMalformedEnvelopeDoesNotKeepTheOthersOut) {
  Start();
  HoldWithOneCallUnderWay();
  ledger_.Poison("poison");
  for (int i = 0; i < 9; ++i) {
    SubmitOk(std::to_string(i), seconds(20), i == 5 ? "poison" : "{}");
  }
  ledger_.Release();
  ASSERT_TRUE(answers_.WaitForCount(10));
  EXPECT_EQ(answers_.OkCount(), 9U);
  EXPECT_EQ(answers_.CodeOf("5"), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ledger_.envelopes().size(), 9U);  // each once
}

TEST_F(BatcherTest, FailuresThatARepeatCannotMendAreNotRepeated) {
  Start();
  ledger_.Fail(absl::PermissionDeniedError("no"));
  SubmitOk("a");
  ASSERT_TRUE(answers_.WaitForCount(1));
  EXPECT_EQ(answers_.CodeOf("a"), absl::StatusCode::kUnavailable);
  EXPECT_THAT(ledger_.batches(), ElementsAre(1));
}

TEST_F(BatcherTest, ResultsThatDoNotMatchStoreNothing) {
  Start();
  ledger_.LoseResults();
  SubmitOk("a");
  ASSERT_TRUE(answers_.WaitForCount(1));
  EXPECT_EQ(answers_.CodeOf("a"), absl::StatusCode::kUnavailable);
}

TEST_F(BatcherTest, AChangedKeyFingerprintIsFatalOnce) {
  std::atomic<int> fatal_count = 0;
  options_.on_fatal = [&](const absl::Status& status) {
    EXPECT_EQ(ErrorReasonOf(status), kKeyFingerprintChanged);
    ++fatal_count;
  };
  ledger_.FailForEver(WithErrorReason(absl::FailedPreconditionError("changed"), kKeyFingerprintChanged));
  Start();
  while (fatal_count == 0) {
    std::this_thread::yield();
  }
  EXPECT_EQ(Submit("late").code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(batcher_->ReachedLedgerWithin(seconds(60)));
  batcher_->Drain(steady_clock::now());
  EXPECT_EQ(fatal_count, 1);
}

TEST_F(BatcherTest, IdleItGivesSignsOfLife) {
  options_.append_calls_in_flight = 2;
  options_.sign_of_life_interval = milliseconds(5);
  Start();
  ASSERT_TRUE(ledger_.WaitForCalls(5));
  EXPECT_THAT(ledger_.batches(), IsEmpty());
  EXPECT_TRUE(batcher_->ReachedLedgerWithin(seconds(60)));
  EXPECT_EQ(ledger_.keys_count(), 1U);
}

TEST_F(BatcherTest, NotReadyBeforeTheFirstSuccessAndSoonAfterIt) {
  ledger_.FailForEver(absl::UnavailableError("down"));
  Start();
  ASSERT_TRUE(ledger_.WaitForCalls(3));  // long before the interval of five seconds
  EXPECT_FALSE(batcher_->ReachedLedgerWithin(seconds(60)));
  ledger_.Recover();
  const auto give_up = steady_clock::now() + seconds(10);
  while (!batcher_->ReachedLedgerWithin(seconds(60)) && steady_clock::now() < give_up) {
    std::this_thread::yield();
  }
  EXPECT_TRUE(batcher_->ReachedLedgerWithin(seconds(60)));
}

TEST_F(BatcherTest, DrainFinishesWhatIsQueuedAndRefusesWhatIsNew) {
  Start();
  HoldWithOneCallUnderWay();
  for (int i = 0; i < 5; ++i) {
    SubmitOk(std::to_string(i));
  }
  std::thread drainer([this] { batcher_->Drain(steady_clock::now() + seconds(20)); });
  while (Submit("probe").ok()) {
    std::this_thread::yield();
  }
  ledger_.Release();
  drainer.join();
  EXPECT_EQ(answers_.OkCount(), answers_.count());
  EXPECT_GE(answers_.count(), 6U);
  EXPECT_EQ(Submit("late").code(), absl::StatusCode::kUnavailable);
}

TEST_F(BatcherTest, DrainWithoutPatienceStillAnswersAll) {
  Start();
  ledger_.Hold();
  SubmitOk("under way", milliseconds(100));
  ASSERT_TRUE(ledger_.WaitForBatches(1));
  SubmitOk("queued");
  batcher_->Drain(steady_clock::now());
  EXPECT_EQ(answers_.count(), 2U);
  EXPECT_EQ(answers_.OkCount(), 0U);
  EXPECT_EQ(answers_.CodeOf("queued"), absl::StatusCode::kUnavailable);
}

TEST_F(BatcherTest, DrainEndsRetriesWithoutPatience) {
  options_.backoff_min = seconds(10);
  options_.backoff_max = seconds(10);
  Start();
  ledger_.FailForEver(absl::UnavailableError("down"));
  SubmitOk("a", seconds(60));
  ASSERT_TRUE(ledger_.WaitForBatches(1));
  const auto begin = steady_clock::now();
  batcher_->Drain(begin);
  EXPECT_LT(steady_clock::now() - begin, seconds(4));
  EXPECT_EQ(answers_.CodeOf("a"), absl::StatusCode::kUnavailable);
}

TEST_F(BatcherTest, NoMoreCallsAreUnderWayThanConfigured) {
  options_.append_calls_in_flight = 3;
  options_.batch_count_max = 1;
  Start();
  ledger_.Hold();
  for (int i = 0; i < 10; ++i) {
    SubmitOk(std::to_string(i));
  }
  ASSERT_TRUE(ledger_.WaitForBatches(3));
  ledger_.Release();
  ASSERT_TRUE(answers_.WaitForCount(10));
  EXPECT_EQ(ledger_.calls_in_flight_max(), 3);
}

TEST_F(BatcherTest, EveryEnvelopeIsAnsweredExactlyOnceWhateverHappens) {
  constexpr int kThreads = 4;
  constexpr int kEach = 500;
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  options_.append_calls_in_flight = 3;
  options_.batch_count_max = 16;
  options_.queue_count_max = 64;
  options_.sign_of_life_interval = milliseconds(1);
  Start();
  std::atomic<int> taken = 0;
  std::vector<std::thread> senders;
  for (int thread = 0; thread < kThreads; ++thread) {
    senders.emplace_back([&, thread] {
      std::minstd_rand random(seed + static_cast<unsigned>(thread));
      for (int i = 0; i < kEach; ++i) {
        if (random() % 50 == 0) {
          ledger_.Fail(random() % 2 == 0 ? absl::UnavailableError("down") : absl::DataLossError("odd"));
        }
        taken += Submit(std::to_string(thread * kEach + i), milliseconds(random() % 200)).ok() ? 1 : 0;
      }
    });
  }
  for (std::thread& sender : senders) {
    sender.join();
  }
  batcher_->Drain(steady_clock::now() + seconds(20));
  EXPECT_EQ(answers_.count(), static_cast<size_t>(taken));
  for (int i = 0; i < kThreads * kEach; ++i) {
    EXPECT_LE(answers_.CountOf(std::to_string(i)), 1U);
  }
  EXPECT_GE(ledger_.envelopes().size(), answers_.OkCount());
}

}  // namespace
}  // namespace affidavit::adapter
