#include "ops/loop.h"

#include <atomic>
#include <chrono>
#include <thread>

#include "gtest/gtest.h"

namespace affidavit::ops {
namespace {

using std::chrono::milliseconds;

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

TEST(Loop, TheFirstStepWaitsForTheFirstPause) {
  std::atomic<int> count = 0;
  {
    Loop loop(
        [&] {
          ++count;
          return milliseconds(0);
        },
        milliseconds(60'000));
    loop.RequestStop();
  }
  EXPECT_EQ(count, 0);
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
}  // namespace affidavit::ops
