#include "ops/lifecycle.h"

#include <signal.h>
#include <unistd.h>

#include <thread>

#include "gtest/gtest.h"

namespace affidavit::ops {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class LifecycleTest : public testing::Test {
 protected:
  LifecycleTest() { BlockSignals(); }
};

TEST_F(LifecycleTest, NothingComesWithinTheTimeout) {
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(WaitForSignal(milliseconds(20)), Signal::kNone);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, milliseconds(20));
  EXPECT_EQ(WaitForSignal(milliseconds(0)), Signal::kNone);
}

TEST_F(LifecycleTest, SignalsComeAsValues) {
  const struct {
    int number;
    Signal expected;
  } rows[] = {{SIGTERM, Signal::kStop}, {SIGINT, Signal::kStop}, {SIGHUP, Signal::kReload}};
  for (const auto& row : rows) {
    ASSERT_EQ(kill(getpid(), row.number), 0);
    EXPECT_EQ(WaitForSignal(seconds(10)), row.expected);
  }
}

TEST_F(LifecycleTest, ASignalWakesTheWaiterWhateverOtherThreadsRun) {
  std::thread other([] { kill(getpid(), SIGTERM); });
  EXPECT_EQ(WaitForSignal(seconds(10)), Signal::kStop);
  other.join();
}

TEST_F(LifecycleTest, AClosedPipeIsAnErrorOfTheWrite) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  close(ends[0]);
  EXPECT_EQ(write(ends[1], "x", 1), -1);
  EXPECT_EQ(errno, EPIPE);
  close(ends[1]);
}

}  // namespace
}  // namespace affidavit::ops
