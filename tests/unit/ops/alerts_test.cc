#include "ops/alerts.h"

#include <algorithm>
#include <string>

#include "gtest/gtest.h"

namespace affidavit::ops {
namespace {

TEST(RaiseAlert, LogsAWarningAndCounts) {
  const double before = AlertCounter(kAlertConflict).Value();
  testing::internal::CaptureStderr();
  RaiseAlert(kAlertConflict, {{"source", "genesys"}, {"leaf_index", 7}});
  const std::string out = testing::internal::GetCapturedStderr();

  EXPECT_NE(out.find(R"("level":"warning","message":"alert","alert":"conflict","source":"genesys","leaf_index":7})"),
            std::string::npos)
      << out;
  EXPECT_EQ(AlertCounter(kAlertConflict).Value(), before + 1);
}

TEST(RaiseAlert, CountsWhatItDoesNotLog) {
  constexpr int kRaised = 500;
  const double before = AlertCounter(kAlertEntryRefused).Value();
  testing::internal::CaptureStderr();
  for (int i = 0; i < kRaised; ++i) {
    RaiseAlert(kAlertEntryRefused, {});
  }
  const std::string out = testing::internal::GetCapturedStderr();

  EXPECT_EQ(AlertCounter(kAlertEntryRefused).Value(), before + kRaised);
  const auto lines_count = std::count(out.begin(), out.end(), '\n');
  EXPECT_GE(lines_count, 10);
  EXPECT_LT(lines_count, kRaised);
}

TEST(Alerts, NamesAreUnique) {
  auto names = kAlerts;
  std::sort(names.begin(), names.end());
  EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
}

}  // namespace
}  // namespace affidavit::ops
