#include "ops/alert_limiter.h"

#include "gtest/gtest.h"

namespace affidavit::ops {
namespace {

using std::chrono::milliseconds;
using SteadyTime = std::chrono::steady_clock::time_point;

constexpr SteadyTime kBegin{std::chrono::hours(1)};

int AdmitMany(AlertLimiter& limiter, std::string_view alert, int count, SteadyTime now) {
  int admitted_count = 0;
  for (int i = 0; i < count; ++i) {
    admitted_count += limiter.Admit(alert, now).has_value() ? 1 : 0;
  }
  return admitted_count;
}

TEST(AlertLimiter, TenLinesASecond) {
  AlertLimiter limiter;
  EXPECT_EQ(AdmitMany(limiter, "conflict", 25, kBegin), 10);
  EXPECT_EQ(AdmitMany(limiter, "conflict", 25, kBegin + milliseconds(999)), 0);
  EXPECT_EQ(AdmitMany(limiter, "conflict", 25, kBegin + milliseconds(1000)), 10);
}

TEST(AlertLimiter, TheNextLineCarriesWhatWasSuppressedOnce) {
  AlertLimiter limiter;
  AdmitMany(limiter, "conflict", 25, kBegin);
  EXPECT_EQ(limiter.Admit("conflict", kBegin + milliseconds(1000)), 15);
  EXPECT_EQ(limiter.Admit("conflict", kBegin + milliseconds(1000)), 0);
}

TEST(AlertLimiter, AlertsDoNotShareALimit) {
  AlertLimiter limiter;
  AdmitMany(limiter, "conflict", 25, kBegin);
  EXPECT_EQ(limiter.Admit("clock_skew", kBegin), 0);
}

}  // namespace
}  // namespace affidavit::ops
