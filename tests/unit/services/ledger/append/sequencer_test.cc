#include "services/ledger/append/sequencer.h"

#include <atomic>
#include <future>
#include <map>
#include <set>
#include <thread>

#include "tests/unit/services/ledger/append/sequencer_fixture.h"

namespace affidavit::ledger {
namespace {

// Holds the lanes inside Begin until released.
class HeldLanes {
 public:
  explicit HeldLanes(testing::MemoryLog& log) : log_(log) {
    log_.OnStep([this](Step step) {
      if (step == Step::kBegin) {
        reached_.Set();
        released_.wait();
      }
    });
  }
  ~HeldLanes() { Release(); }
  void WaitUntilHeld() { reached_.future.wait(); }
  void Release() {
    if (!done_.exchange(true)) {
      release_.set_value();
    }
  }

 private:
  struct Once {
    std::promise<void> promise;
    std::shared_future<void> future = promise.get_future().share();
    std::atomic<bool> is_set = false;
    void Set() {
      if (!is_set.exchange(true)) {
        promise.set_value();
      }
    }
  };
  testing::MemoryLog& log_;
  Once reached_;
  std::promise<void> release_;
  std::shared_future<void> released_ = release_.get_future().share();
  std::atomic<bool> done_ = false;
};

TEST_F(SequencerTest, StoresABatchInOrder) {
  const auto sequencer = MakeSequencer({});
  const auto answers = Append(*sequencer, Entries({{.event_id = "a"}, {.event_id = "b"}}));
  EXPECT_THAT(OutcomesOf(answers), ::testing::Each(AppendOutcome::kAccepted));
  EXPECT_EQ(answers[0].leaf_index, 0);
  EXPECT_EQ(answers[1].leaf_index, 1);
  ASSERT_EQ(log_.Entries().size(), 2U);
  EXPECT_EQ(log_.Entries()[1].fields.event_id, "b");
}

// Eight threads, each sending every id once in an order of its own, over two lanes of each of two sequencers on one
// log.
TEST_F(SequencerTest, OneOfManyConcurrentRepeatsIsAcceptedTheRestAreItsDuplicates) {
  constexpr int kThreads = 8;
  constexpr int kIds = 60;
  const auto one = MakeSequencer({.lane_count = 2});
  const auto two = MakeSequencer({.lane_count = 2});
  std::vector<std::vector<std::pair<int, AppendAnswer>>> answers(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      Sequencer& sequencer = t % 2 == 0 ? *one : *two;
      for (int i = 0; i < kIds; ++i) {
        const int number = (i * 7 + t * 11) % kIds;  // 7 and 60 share no divisor: every number once
        std::vector<PreparedEntry> entries;
        entries.push_back(NumberedEntry("event", number));
        answers[t].emplace_back(number, Append(sequencer, std::move(entries))[0]);
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  std::map<int, int> accepted;
  std::map<int, std::set<int64_t>> receipts;
  for (const auto& of_thread : answers) {
    for (const auto& [number, answer] : of_thread) {
      accepted[number] += answer.outcome == AppendOutcome::kAccepted ? 1 : 0;
      receipts[number].insert(answer.leaf_index);
      EXPECT_THAT(answer.outcome, ::testing::AnyOf(AppendOutcome::kAccepted, AppendOutcome::kDuplicate));
    }
  }
  const auto entries = log_.Entries();
  ASSERT_EQ(entries.size(), static_cast<size_t>(kIds));
  for (int number = 0; number < kIds; ++number) {
    EXPECT_EQ(accepted[number], 1) << number;
    ASSERT_EQ(receipts[number].size(), 1U) << number;
    EXPECT_EQ(entries[*receipts[number].begin()].fields.event_id, "event-" + std::to_string(number));
  }
}

TEST_F(SequencerTest, EntriesOfOneBatchHaveDeadlinesOfTheirOwn) {
  HeldLanes held(log_);
  const auto sequencer = MakeSequencer({.lane_count = 1});
  const auto later = SteadyClock::now() + seconds(20);
  const auto first = sequencer->Submit(Entries({{.event_id = "first"}}), later).value();
  held.WaitUntilHeld();
  // These two wait together, and travel in one batch.
  const auto hasty = sequencer->Submit(Entries({{.event_id = "hasty"}}), SteadyClock::now()).value();
  const auto patient = sequencer->Submit(Entries({{.event_id = "patient"}}), later).value();
  held.Release();
  EXPECT_EQ(first->Wait()[0].outcome, AppendOutcome::kAccepted);
  EXPECT_EQ(patient->Wait()[0].outcome, AppendOutcome::kAccepted);
  EXPECT_EQ(hasty->Wait()[0].outcome, AppendOutcome::kRefused);
  EXPECT_EQ(log_.Entries().size(), 2U) << "an entry past its deadline is not stored: nobody would be told";
}

TEST_F(SequencerTest, AFullQueueTurnsCallsAway) {
  HeldLanes held(log_);
  const auto sequencer = MakeSequencer({.lane_count = 1, .queue = {.count_max = 2}});
  const auto deadline = SteadyClock::now() + seconds(20);
  const auto in_hand = sequencer->Submit(Entries({{.event_id = "a"}}), deadline).value();
  held.WaitUntilHeld();
  const auto queued = sequencer->Submit(Entries({{.event_id = "b"}, {.event_id = "c"}}), deadline).value();
  EXPECT_EQ(sequencer->Submit(Entries({{.event_id = "d"}}), deadline).status().code(),
            absl::StatusCode::kResourceExhausted);
  held.Release();
  EXPECT_EQ(in_hand->Wait()[0].outcome, AppendOutcome::kAccepted);
  EXPECT_THAT(OutcomesOf(queued->Wait()), ::testing::Each(AppendOutcome::kAccepted));
}

TEST_F(SequencerTest, StoppingFinishesWhatIsQueuedAndRefusesWhatComes) {
  HeldLanes held(log_);
  const auto sequencer = MakeSequencer({.lane_count = 1});
  const auto deadline = SteadyClock::now() + seconds(20);
  const auto in_hand = sequencer->Submit(Entries({{.event_id = "a"}}), deadline).value();
  held.WaitUntilHeld();
  const auto queued = sequencer->Submit(Entries({{.event_id = "b"}}), deadline).value();
  std::thread stopper([&] { sequencer->Stop(seconds(20)); });
  while (sequencer->Submit(Entries({{.event_id = "c"}}), deadline).ok()) {
    std::this_thread::yield();
  }
  held.Release();
  stopper.join();
  EXPECT_EQ(in_hand->Wait()[0].outcome, AppendOutcome::kAccepted);
  EXPECT_EQ(queued->Wait()[0].outcome, AppendOutcome::kAccepted);
  EXPECT_EQ(sequencer->Submit(Entries({{}}), deadline).status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(SequencerTest, StoppingDoesNotWaitBeyondTheDrainTimeForAStoreThatIsDown) {
  for (int i = 0; i < 100'000; ++i) {
    log_.FailNext(Step::kBegin, absl::UnavailableError("down"));
  }
  const auto sequencer = MakeSequencer({.lane_count = 1});
  const auto call = sequencer->Submit(Entries({{}}), SteadyClock::now() + std::chrono::minutes(5)).value();
  sequencer->Stop(milliseconds(20));
  EXPECT_THAT(call->Wait()[0].refusal, ::testing::AnyOf(Refusal::kStoreUnavailable, Refusal::kDraining));
}

TEST_F(SequencerTest, TheCallersWaitEndsEvenWhenTheStoreHangs) {
  HeldLanes held(log_);
  const auto sequencer = MakeSequencer({.lane_count = 1});
  EXPECT_EQ(Append(*sequencer, Entries({{}}), seconds(1))[0], Refused(Refusal::kCommitUnknown));
  held.Release();
}

TEST_F(SequencerTest, UnderLoadBatchesGrowWithoutATimer) {
  HeldLanes held(log_);
  const auto sequencer = MakeSequencer({.lane_count = 1, .lane = {.batch = {.count_max = 8}}});
  const auto deadline = SteadyClock::now() + seconds(20);
  std::vector<std::shared_ptr<AppendCall>> calls = {sequencer->Submit(Entries({{.event_id = "a"}}), deadline).value()};
  held.WaitUntilHeld();
  for (int i = 0; i < 10; ++i) {
    calls.push_back(sequencer->Submit(Entries({{.event_id = "b" + std::to_string(i)}}), deadline).value());
  }
  held.Release();
  for (const auto& call : calls) {
    EXPECT_EQ(call->Wait()[0].outcome, AppendOutcome::kAccepted);
  }
  EXPECT_THAT(observer_.batches(), ::testing::ElementsAre(1, 8, 2));
}

}  // namespace
}  // namespace affidavit::ledger
