#include "services/mirror/task_threads.h"

#include <atomic>

#include "gtest/gtest.h"
#include "services/mirror/loop.h"

namespace affidavit::mirror {
namespace {

using std::chrono::milliseconds;

TEST(TaskThreads, EachStepRunsOnceAndTasksFollowEachOther) {
  TaskThreads threads(4);
  std::vector<int> counts(100);  // each step has one of its own
  for (size_t task = 0; task < 50; ++task) {
    threads.Run(counts.size(), [&](size_t i) { ++counts[i]; });
  }
  threads.Run(0, [&](size_t i) { ++counts[i]; });
  for (const int count : counts) {
    EXPECT_EQ(count, 50);
  }
}

TEST(TaskThreads, StepsRunSideBySideAndNoMoreThanTold) {
  TaskThreads threads(3);
  std::atomic<int> running = 0, most = 0;
  std::mutex mutex;
  std::condition_variable met;
  threads.Run(9, [&](size_t i) {
    const int now = ++running;
    int known = most;
    while (known < now && !most.compare_exchange_weak(known, now)) {
    }
    if (i < 3) {
      std::unique_lock lock(mutex);
      met.notify_all();
      met.wait_for(lock, std::chrono::seconds(20), [&] { return most == 3; });
    }
    --running;
  });
  EXPECT_EQ(most, 3);
}

TEST(Loop, StepsUntilItIsStopped) {
  std::atomic<int> count = 0;
  Loop loop([&] { return ++count < 3 ? milliseconds(0) : milliseconds(60'000); });
  while (count < 3) {
    std::this_thread::yield();
  }
  loop.Stop();
  loop.Stop();
  EXPECT_EQ(count, 3);
}

TEST(Backoff, DoublesUpToItsLimitAndBeginsAgain) {
  Backoff backoff(milliseconds(100), milliseconds(350));
  for (int round = 0; round < 2; ++round) {
    for (const int limit : {100, 200, 350, 350}) {
      const milliseconds pause = backoff.Next();
      EXPECT_GE(pause, milliseconds(limit / 2));
      EXPECT_LE(pause, milliseconds(limit));
    }
    backoff.Reset();
  }
}

}  // namespace
}  // namespace affidavit::mirror
