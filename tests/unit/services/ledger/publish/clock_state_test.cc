#include "services/ledger/publish/clock_state.h"

#include <sys/timex.h>

#include <gmock/gmock.h>

#include "ops/metrics.h"

namespace affidavit::ledger {
namespace {

// By another way in: ntp_adjtime is the C library's own.
TEST(ClockState, SaysWhatTheKernelSays) {
  timex kernel{};
  const int state = ntp_adjtime(&kernel);
  const std::optional<ClockState> clock = ReadClockState();
  ASSERT_EQ(clock.has_value(), state >= 0);
  if (clock) {
    EXPECT_EQ(clock->is_synchronized, state != TIME_ERROR && (kernel.status & STA_UNSYNC) == 0);
    EXPECT_GE(clock->estimated_error_us, 0);
    EXPECT_GE(clock->maximum_error_us, 0);
  }
}

TEST(ClockState, IsAGaugeThatKeepsItsValueWhenNothingIsSaid) {
  SetClockGauge(ClockState{.is_synchronized = true});
  EXPECT_THAT(ops::MetricsText(), ::testing::HasSubstr("affidavit_clock_synchronized 1"));
  SetClockGauge(std::nullopt);
  EXPECT_THAT(ops::MetricsText(), ::testing::HasSubstr("affidavit_clock_synchronized 1"));
  SetClockGauge(ClockState{.is_synchronized = false});
  EXPECT_THAT(ops::MetricsText(), ::testing::HasSubstr("affidavit_clock_synchronized 0"));
}

}  // namespace
}  // namespace affidavit::ledger
