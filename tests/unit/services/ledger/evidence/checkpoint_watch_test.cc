#include "services/ledger/evidence/checkpoint_watch.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>
#include <vector>

namespace affidavit::ledger {
namespace {

using Outcome = CheckpointWatch::Outcome;
using std::chrono::milliseconds;

constexpr std::chrono::seconds kLong{30};
bool Never() {
  return false;
}

class CheckpointWatchTest : public testing::Test {
 protected:
  CheckpointWatchTest()
      : watch_(
            [this]() -> absl::StatusOr<int64_t> {
              ++poll_count_;
              return fails_ ? absl::StatusOr<int64_t>(absl::UnavailableError("no database")) : newest_.load();
            },
            {.poll_interval = milliseconds(2), .failed_poll_interval = milliseconds(2), .waiter_count_max = 4}) {}

  Outcome Wait(int64_t tree_size_min, std::chrono::nanoseconds time = kLong) {
    return watch_.Wait(tree_size_min, std::chrono::steady_clock::now() + time, Never);
  }
  void UntilPolled(int more) {
    for (const int64_t until = poll_count_ + more; poll_count_ < until;) {
      std::this_thread::yield();
    }
  }

  std::atomic<int64_t> newest_ = 0;
  std::atomic<int64_t> poll_count_ = 0;
  std::atomic<bool> fails_ = false;
  CheckpointWatch watch_;
};

TEST_F(CheckpointWatchTest, EndsWhenTheSizeIsReached) {
  auto waiting = std::async(std::launch::async, [this] { return Wait(10); });
  UntilPolled(2);
  newest_ = 9;
  UntilPolled(2);
  newest_ = 12;
  EXPECT_EQ(waiting.get(), Outcome::kReached);
}

TEST_F(CheckpointWatchTest, WithoutTimeItDoesNotEvenLook) {
  newest_ = 10;
  EXPECT_EQ(Wait(10, milliseconds(0)), Outcome::kTimeout);
  EXPECT_EQ(poll_count_, 0);
}

TEST_F(CheckpointWatchTest, EndsAtTheDeadline) {
  EXPECT_EQ(Wait(10, milliseconds(20)), Outcome::kTimeout);
  EXPECT_GT(poll_count_, 0);
}

TEST_F(CheckpointWatchTest, WhatWasFoundBeforeTheCallDoesNotCount) {
  newest_ = 10;
  ASSERT_EQ(Wait(10), Outcome::kReached);
  newest_ = 5;  // rolled back
  EXPECT_EQ(Wait(10, milliseconds(20)), Outcome::kTimeout);
}

TEST_F(CheckpointWatchTest, AFailedReadingIsTriedAgain) {
  fails_ = true;
  newest_ = 10;
  auto waiting = std::async(std::launch::async, [this] { return Wait(10); });
  UntilPolled(3);
  fails_ = false;
  EXPECT_EQ(waiting.get(), Outcome::kReached);
}

TEST_F(CheckpointWatchTest, ACallerThatHasGoneIsNotWaitedFor) {
  std::atomic<bool> gone = false;
  auto waiting = std::async(std::launch::async, [&] {
    return watch_.Wait(10, std::chrono::steady_clock::now() + kLong, [&gone] { return gone.load(); });
  });
  UntilPolled(2);
  gone = true;
  EXPECT_EQ(waiting.get(), Outcome::kTimeout);
}

TEST_F(CheckpointWatchTest, SoManyWaitAndNoMore) {
  // While this thread asks whether all places are taken it takes one itself: whoever is then turned away comes again.
  const auto wait_for_a_place = [this] {
    Outcome outcome;
    do {
      outcome = Wait(10);
    } while (outcome == Outcome::kBusy);
    return outcome;
  };
  std::vector<std::future<Outcome>> waiting;
  for (int i = 0; i < 4; ++i) {
    waiting.push_back(std::async(std::launch::async, wait_for_a_place));
  }
  while (Wait(10, milliseconds(1)) != Outcome::kBusy) {
  }
  newest_ = 10;
  for (auto& each : waiting) {
    EXPECT_EQ(each.get(), Outcome::kReached);
  }
  EXPECT_EQ(Wait(10), Outcome::kReached);
}

TEST_F(CheckpointWatchTest, StoppingEndsEveryWait) {
  std::vector<std::future<Outcome>> waiting;
  for (int i = 0; i < 3; ++i) {
    waiting.push_back(std::async(std::launch::async, [this] { return Wait(10); }));
  }
  UntilPolled(2);
  watch_.Stop();
  for (auto& each : waiting) {
    EXPECT_EQ(each.get(), Outcome::kStopped);
  }
  EXPECT_EQ(Wait(10), Outcome::kStopped);
}

TEST(CheckpointWatchPaceTest, ManyWaitersAskTheDatabaseNoOftenerThanOne) {
  std::atomic<int> at_once = 0, at_once_max = 0;
  CheckpointWatch watch(
      [&]() -> absl::StatusOr<int64_t> {
        const int now = ++at_once;
        at_once_max = std::max(at_once_max.load(), now);
        --at_once;
        return 0;
      },
      {.poll_interval = milliseconds(1), .failed_poll_interval = milliseconds(1), .waiter_count_max = 8});
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      EXPECT_EQ(watch.Wait(1, std::chrono::steady_clock::now() + milliseconds(30), Never), Outcome::kTimeout);
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(at_once_max, 1);
}

}  // namespace
}  // namespace affidavit::ledger
