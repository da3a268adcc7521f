#include "services/ledger/append/sequencer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <set>
#include <thread>

#include "tests/support/memory_append_store.h"
#include "tests/unit/services/ledger/append/entries.h"

namespace affidavit::ledger {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Step = testing::MemoryLog::Step;
using Persisted = testing::MemoryLog::Persisted;
using SteadyClock = std::chrono::steady_clock;

class SequencerTest : public ::testing::Test {
 protected:
  std::unique_ptr<Sequencer> MakeSequencer(SequencerOptions options) {
    options.lane.backoff_min = milliseconds(1);
    options.lane.backoff_max = milliseconds(5);
    return std::make_unique<Sequencer>(
        options, [this] { return log_.Connect(); }, &observer_);
  }

  static std::vector<AppendAnswer> Append(Sequencer& sequencer, std::vector<PreparedEntry> entries,
                                          SteadyClock::duration time = seconds(20)) {
    return sequencer.Submit(std::move(entries), SteadyClock::now() + time).value()->Wait();
  }

  static std::vector<PreparedEntry> Entries(const std::vector<EntrySpec>& specs) {
    std::vector<PreparedEntry> entries;
    for (const EntrySpec& spec : specs) {
      entries.push_back(MakeEntry(spec));
    }
    return entries;
  }

  static std::vector<AppendOutcome> OutcomesOf(const std::vector<AppendAnswer>& answers) {
    std::vector<AppendOutcome> outcomes;
    for (const AppendAnswer& answer : answers) {
      outcomes.push_back(answer.outcome);
    }
    return outcomes;
  }

  testing::MemoryLog log_;
  RecordingObserver observer_;
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

TEST_F(SequencerTest, ARepeatGetsTheFirstReceiptWithoutACommit) {
  const auto sequencer = MakeSequencer({});
  Append(*sequencer, Entries({{.event_id = "a"}, {.event_id = "b"}}));
  const int commits = log_.commit_count();
  const auto answers = Append(*sequencer, Entries({{.event_id = "b"}}));
  EXPECT_THAT(OutcomesOf(answers), ::testing::ElementsAre(AppendOutcome::kDuplicate));
  EXPECT_EQ(answers[0].leaf_index, 1);
  EXPECT_EQ(log_.commit_count(), commits);
}

TEST_F(SequencerTest, BothSidesOfAConflictAreKept) {
  const auto sequencer = MakeSequencer({});
  Append(*sequencer, Entries({{.payload = "1"}}));
  const auto first = Append(*sequencer, Entries({{.payload = "2"}}));
  const auto repeat = Append(*sequencer, Entries({{.payload = "2"}}));
  EXPECT_EQ(first[0].outcome, AppendOutcome::kConflict);
  EXPECT_EQ(first[0].leaf_index, 1);
  EXPECT_TRUE(first[0].is_new);
  EXPECT_EQ(repeat[0].outcome, AppendOutcome::kConflict);
  EXPECT_EQ(repeat[0].leaf_index, 1);
  EXPECT_FALSE(repeat[0].is_new);
  ASSERT_EQ(log_.Entries().size(), 2U);
  EXPECT_EQ(log_.Entries()[1].fields.kind, EntryKind::kConflict);
}

TEST_F(SequencerTest, OneClockFaultDoesNotHoldUpTheRest) {
  const auto sequencer = MakeSequencer({});
  const auto answers =
      Append(*sequencer,
             Entries({{.event_id = "a"}, {.event_id = "b", .receive_time = SystemClock().WallNow() + seconds(60)}}));
  EXPECT_EQ(answers[0].outcome, AppendOutcome::kAccepted);
  EXPECT_EQ(answers[1], Refused(Refusal::kClockSkew));
  EXPECT_EQ(log_.Entries().size(), 1U);
}

TEST_F(SequencerTest, ABatchThatOnlyTheClockRefusesStoresNothing) {
  const auto sequencer = MakeSequencer({});
  log_.SetDatabaseTime(SystemClock().WallNow() - std::chrono::hours(1));
  EXPECT_EQ(Append(*sequencer, Entries({{}}))[0], Refused(Refusal::kClockSkew));
  EXPECT_EQ(log_.commit_count(), 0);
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

TEST_F(SequencerTest, WhatOthersStoreBetweenTheLookUpsIsNotStoredTwice) {
  // After each of the first two look-ups another ledger stores one of the batch's ids: the third run takes the lock
  // first.
  const auto other = MakeSequencer({.lane_count = 1});
  std::atomic<int> begun = 0;
  std::atomic<bool> in_hook = false;
  log_.OnStep([&](Step step) {
    if (step != Step::kBegin || in_hook.exchange(true)) {
      return;
    }
    if (const int run = begun++; run < 2) {
      std::vector<PreparedEntry> entries;
      entries.push_back(NumberedEntry("event", run));
      Append(*other, std::move(entries));
    }
    in_hook = false;
  });
  const auto sequencer = MakeSequencer({.lane_count = 1});
  std::vector<PreparedEntry> entries;
  for (int i = 0; i < 3; ++i) {
    entries.push_back(NumberedEntry("event", i));
  }
  const auto answers = Append(*sequencer, std::move(entries));
  EXPECT_THAT(OutcomesOf(answers),
              ::testing::ElementsAre(AppendOutcome::kDuplicate, AppendOutcome::kDuplicate, AppendOutcome::kAccepted));
  EXPECT_EQ(answers[2].leaf_index, 2);
  EXPECT_EQ(log_.Entries().size(), 3U);
  EXPECT_EQ(observer_.reruns(RerunReason::kLookupsDisagree), 2);
}

TEST_F(SequencerTest, ACommitOfUnknownOutcomeIsSettledByRunningAgain) {
  for (const Persisted persisted : {Persisted::kYes, Persisted::kNo}) {
    const auto sequencer = MakeSequencer({});
    log_.FailNext(Step::kCommit, absl::DataLossError("connection lost"), persisted);
    const std::string id = persisted == Persisted::kYes ? "yes" : "no";
    const auto answers = Append(*sequencer, Entries({{.event_id = id}, {.event_id = id}}));
    EXPECT_THAT(OutcomesOf(answers), ::testing::ElementsAre(AppendOutcome::kAccepted, AppendOutcome::kDuplicate));
    EXPECT_EQ(answers[0].leaf_index, answers[1].leaf_index);
  }
  EXPECT_EQ(log_.Entries().size(), 2U);
}

TEST_F(SequencerTest, WhatTurnsOutToBeCommittedIsCommittedAgainToBeSureThatItIsDurable) {
  const auto sequencer = MakeSequencer({});
  log_.FailNext(Step::kCommit, absl::DataLossError("a standby's answer was not waited for"), Persisted::kYes);
  Append(*sequencer, Entries({{}}));
  EXPECT_EQ(log_.commit_count(), 2) << "the second, empty one waits for the first to be durable";
}

TEST_F(SequencerTest, UnknownForTooLongIsSaidAndTheRepeatIsADuplicate) {
  const auto sequencer = MakeSequencer({});
  log_.FailNext(Step::kCommit, absl::DataLossError("connection lost"), Persisted::kYes);
  std::atomic<bool> failing = false;
  log_.OnStep([&](Step step) {
    // From here on every Begin fails for longer than the entry has time.
    for (int i = 0; step == Step::kIntegrate && !failing && i < 60; ++i) {
      log_.FailNext(Step::kBegin, absl::UnavailableError("down"));
    }
    failing = failing || step == Step::kIntegrate;
  });
  EXPECT_EQ(Append(*sequencer, Entries({{}}), milliseconds(60))[0], Refused(Refusal::kCommitUnknown));
  EXPECT_EQ(Append(*sequencer, Entries({{}}))[0].outcome, AppendOutcome::kDuplicate);
  EXPECT_EQ(log_.Entries().size(), 1U);
}

TEST_F(SequencerTest, AStoreOutOfReachIsWaitedForUntilTheDeadline) {
  const auto sequencer = MakeSequencer({});
  for (int i = 0; i < 3; ++i) {
    log_.FailNext(Step::kBegin, absl::UnavailableError("down"));
  }
  EXPECT_EQ(Append(*sequencer, Entries({{.event_id = "a"}}))[0].outcome, AppendOutcome::kAccepted);
  EXPECT_EQ(observer_.reruns(RerunReason::kStoreUnavailable), 3);
}

TEST_F(SequencerTest, ADocumentThatJsonbCannotHoldIsStoredRaw) {
  const auto sequencer = MakeSequencer({});
  std::vector<PreparedEntry> entries;
  for (int i = 0; i < 20; ++i) {
    entries.push_back(NumberedEntry("event", i));
  }
  entries.insert(entries.begin() + 13, MakeEntry({.event_id = "huge", .payload = R"({"id":"huge","n":1e400000})"}));
  const auto answers = Append(*sequencer, std::move(entries));
  EXPECT_THAT(OutcomesOf(answers), ::testing::Each(AppendOutcome::kAccepted));
  const auto stored = log_.Entries();
  ASSERT_EQ(stored.size(), 21U);
  for (const auto& entry : stored) {
    EXPECT_EQ(entry.payload_error, entry.fields.event_id == "huge" ? "22003" : "");
  }
  EXPECT_EQ(stored[answers[13].leaf_index].fields.event_id, "huge");
}

TEST_F(SequencerTest, AConflictThatJsonbCannotHoldIsStoredRaw) {
  const auto sequencer = MakeSequencer({});
  Append(*sequencer, Entries({{.event_id = "huge"}}));
  const auto answers = Append(*sequencer, Entries({{.event_id = "huge", .payload = R"({"n":1e400000})"}}));
  EXPECT_EQ(answers[0].outcome, AppendOutcome::kConflict);
  ASSERT_EQ(log_.Entries().size(), 2U);
  EXPECT_EQ(log_.Entries()[1].payload_error, "22003");
}

TEST_F(SequencerTest, ARowThatIsRefusedForGoodDoesNotHoldUpTheRest) {
  for (const std::string sqlstate : {"23514", "22P05"}) {
    log_.RefusePayloads([&](const db::NewEntry& entry) { return entry.payload == "bad" ? sqlstate : ""; });
    const auto sequencer = MakeSequencer({});
    std::vector<PreparedEntry> entries;
    for (int i = 0; i < 10; ++i) {
      entries.push_back(NumberedEntry("event" + sqlstate, i));
    }
    entries.insert(entries.begin() + 3, MakeEntry({.event_id = "bad", .payload = "bad"}));
    const auto answers = Append(*sequencer, std::move(entries));
    for (size_t i = 0; i < answers.size(); ++i) {
      EXPECT_EQ(answers[i].outcome, i == 3 ? AppendOutcome::kRefused : AppendOutcome::kAccepted) << sqlstate << i;
    }
    EXPECT_EQ(answers[3].refusal, Refusal::kEntryRefused);
  }
  EXPECT_EQ(log_.Entries().size(), 20U);
  EXPECT_EQ(observer_.errors(), 2);
}

TEST_F(SequencerTest, AnUnexpectedErrorIsAnsweredAtOnce) {
  const auto sequencer = MakeSequencer({});
  log_.FailNext(Step::kIntegrate, absl::InternalError("42501: permission denied"));
  EXPECT_EQ(Append(*sequencer, Entries({{}}))[0], Refused(Refusal::kStoreUnavailable));
  EXPECT_EQ(observer_.errors(), 1);
  EXPECT_EQ(Append(*sequencer, Entries({{}}))[0].outcome, AppendOutcome::kAccepted);
}

TEST_F(SequencerTest, PayloadIdsAreReservedAgainWhenABlockCouldNotBeHad) {
  log_.FailNext(Step::kReserve, absl::UnavailableError("down"));
  const auto sequencer = MakeSequencer({});
  EXPECT_EQ(Append(*sequencer, Entries({{}}))[0].outcome, AppendOutcome::kAccepted);
}

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
  EXPECT_EQ(Append(*sequencer, Entries({{}}), milliseconds(50))[0], Refused(Refusal::kCommitUnknown));
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
