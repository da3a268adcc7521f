#include "core/retention/retention.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace affidavit {
namespace {

std::string YearsAfter(std::string_view time, int years) {
  return FormatRfc3339(AddYears(*ParseRfc3339(time), years));
}
std::string DaysAfter(std::string_view time, int days) {
  return FormatRfc3339(AddDays(*ParseRfc3339(time), days));
}

constexpr std::string_view kLast = "9999-12-31T23:59:59.999999Z";

TEST(RetentionTest, AddsCalendarYears) {
  EXPECT_EQ(YearsAfter("2026-11-24T03:47:34.123456Z", 7), "2033-11-24T03:47:34.123456Z");
  EXPECT_EQ(YearsAfter("2026-11-24T03:47:34Z", 0), "2026-11-24T03:47:34.000000Z");
  EXPECT_EQ(YearsAfter("2026-12-31T23:59:59.999999Z", 1), "2027-12-31T23:59:59.999999Z");
}

TEST(RetentionTest, TheLeapDayBecomesThe28thWhereItIsMissing) {
  EXPECT_EQ(YearsAfter("2024-02-29T10:00:00Z", 7), "2031-02-28T10:00:00.000000Z");
  EXPECT_EQ(YearsAfter("2024-02-29T10:00:00Z", 8), "2032-02-29T10:00:00.000000Z");
  EXPECT_EQ(YearsAfter("2096-02-29T10:00:00Z", 4), "2100-02-28T10:00:00.000000Z");
  EXPECT_EQ(YearsAfter("2023-02-28T10:00:00Z", 1), "2024-02-28T10:00:00.000000Z");
}

TEST(RetentionTest, YearsEndWithTheYear9999) {
  EXPECT_EQ(YearsAfter("2026-11-24T00:00:00Z", 7973), "9999-11-24T00:00:00.000000Z");
  EXPECT_EQ(YearsAfter("2026-11-24T00:00:00Z", 7974), kLast);
  EXPECT_EQ(YearsAfter("9999-12-31T23:59:59.999999Z", 9999), kLast);
}

TEST(RetentionTest, AddsDaysOf24Hours) {
  EXPECT_EQ(DaysAfter("2026-11-24T03:47:34.123456Z", 90), "2027-02-22T03:47:34.123456Z");
  EXPECT_EQ(DaysAfter("2024-02-28T00:00:00Z", 2), "2024-03-01T00:00:00.000000Z");
  EXPECT_EQ(DaysAfter("9999-12-30T00:00:00Z", 1), "9999-12-31T00:00:00.000000Z");
  EXPECT_EQ(DaysAfter("9999-12-30T00:00:00Z", 2), kLast);
  EXPECT_EQ(DaysAfter("2026-11-24T03:47:34Z", 2'147'483'647), kLast);
}

}  // namespace
}  // namespace affidavit
