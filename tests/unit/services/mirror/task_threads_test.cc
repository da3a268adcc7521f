#include "services/mirror/task_threads.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <vector>

#include "gtest/gtest.h"

namespace affidavit::mirror {
namespace {

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

}  // namespace
}  // namespace affidavit::mirror
