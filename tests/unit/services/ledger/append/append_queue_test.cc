#include "services/ledger/append/append_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/unit/services/ledger/append/entries.h"

namespace affidavit::ledger {
namespace {

using PushResult = AppendQueue::PushResult;
using SteadyClock = std::chrono::steady_clock;

std::shared_ptr<AppendCall> MakeCall(int entry_count, SteadyClock::duration time = std::chrono::seconds(10)) {
  std::vector<PreparedEntry> entries;
  for (int i = 0; i < entry_count; ++i) {
    entries.push_back(NumberedEntry("event", i));
  }
  return std::make_shared<AppendCall>(std::move(entries), SteadyClock::now() + time);
}

TEST(AppendQueueTest, TakesWhatIsThereUpToTheCount) {
  AppendQueue queue({}, nullptr);
  ASSERT_EQ(queue.Push(MakeCall(3)), PushResult::kQueued);
  ASSERT_EQ(queue.Push(MakeCall(4)), PushResult::kQueued);
  EXPECT_EQ(queue.Take({.count_max = 5}).size(), 5U);
  EXPECT_EQ(queue.Take({.count_max = 5}).size(), 2U);
}

TEST(AppendQueueTest, TakesAtLeastOneHoweverLarge) {
  AppendQueue queue({}, nullptr);
  ASSERT_EQ(queue.Push(MakeCall(3)), PushResult::kQueued);
  EXPECT_EQ(queue.Take({.count_max = 5, .bytes_max = 1}).size(), 1U);
}

TEST(AppendQueueTest, RejectsWholeCallsWhenFull) {
  std::vector<int64_t> depths;
  AppendQueue queue({.count_max = 5}, [&](int64_t count, int64_t /*bytes*/) { depths.push_back(count); });
  EXPECT_EQ(queue.Push(MakeCall(4)), PushResult::kQueued);
  EXPECT_EQ(queue.Push(MakeCall(2)), PushResult::kFull);
  EXPECT_EQ(queue.Push(MakeCall(1)), PushResult::kQueued);
  queue.Take({});
  EXPECT_THAT(depths, ::testing::ElementsAre(4, 5, 0));
}

TEST(AppendQueueTest, IsBoundedInBytesToo) {
  AppendQueue queue({.count_max = 100, .bytes_max = 1}, nullptr);
  EXPECT_EQ(queue.Push(MakeCall(1)), PushResult::kQueued) << "an empty queue takes any call";
  EXPECT_EQ(queue.Push(MakeCall(1)), PushResult::kFull);
}

TEST(AppendQueueTest, ClosedItTakesNothingInAndIsEmptied) {
  AppendQueue queue({}, nullptr);
  ASSERT_EQ(queue.Push(MakeCall(1)), PushResult::kQueued);
  queue.Close();
  EXPECT_EQ(queue.Push(MakeCall(1)), PushResult::kClosed);
  EXPECT_EQ(queue.Take({}).size(), 1U);
  EXPECT_TRUE(queue.Take({}).empty());
}

TEST(AppendQueueTest, AbortAnswersWhatIsLeft) {
  AppendQueue queue({}, nullptr);
  const auto call = MakeCall(2);
  ASSERT_EQ(queue.Push(call), PushResult::kQueued);
  queue.Abort();
  EXPECT_THAT(call->Wait(), ::testing::Each(Refused(Refusal::kDraining)));
  EXPECT_TRUE(queue.Take({}).empty());
}

TEST(AppendQueueTest, AbortEndsAPause) {
  AppendQueue queue({}, nullptr);
  EXPECT_TRUE(queue.PauseUntil(SteadyClock::now() + std::chrono::milliseconds(1)));
  std::thread aborter([&] { queue.Abort(); });
  EXPECT_FALSE(queue.PauseUntil(SteadyClock::now() + std::chrono::minutes(5)));
  aborter.join();
}

TEST(AppendCallTest, WaitsForEveryAnswer) {
  const auto call = MakeCall(2);
  std::thread lane([call] {
    call->Answer(1, {.outcome = AppendOutcome::kAccepted, .leaf_index = 8});
    call->Answer(0, {.outcome = AppendOutcome::kAccepted, .leaf_index = 7});
  });
  const std::vector<AppendAnswer> answers = call->Wait();
  lane.join();
  EXPECT_EQ(answers[0].leaf_index, 7);
  EXPECT_EQ(answers[1].leaf_index, 8);
}

TEST(AppendCallTest, PastTheDeadlineWhatIsUnansweredIsUnknown) {
  const auto call = MakeCall(2, std::chrono::milliseconds(1));
  call->Answer(1, {.outcome = AppendOutcome::kAccepted, .leaf_index = 8});
  const std::vector<AppendAnswer> answers = call->Wait();
  EXPECT_EQ(answers[0], Refused(Refusal::kCommitUnknown));
  EXPECT_EQ(answers[1].leaf_index, 8);
}

TEST(AppendCallTest, TheFirstAnswerCounts) {
  const auto call = MakeCall(1);
  call->Answer(0, {.outcome = AppendOutcome::kAccepted, .leaf_index = 8});
  call->Answer(0, Refused(Refusal::kDraining));
  EXPECT_EQ(call->Wait()[0].leaf_index, 8);
}

}  // namespace
}  // namespace affidavit::ledger
