#include "core/base/time.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace affidavit {
namespace {

// The canonical form of what `text` says, "-" when it says nothing.
std::string Reformat(std::string_view text) {
  const std::optional<TimePoint> time = ParseRfc3339(text);
  return time ? FormatRfc3339(*time) : "-";
}

TEST(TimeTest, WritesUtcWithSixDigits) {
  EXPECT_EQ(FormatRfc3339(TimePoint{}), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(FormatRfc3339(TimePoint{std::chrono::microseconds{-1}}), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(FormatRfc3339(TimePoint{std::chrono::microseconds{1'795'492'054'123'456}}), "2026-11-24T03:47:34.123456Z");
}

TEST(TimeTest, ReadsWhatRfc3339Allows) {
  constexpr std::pair<std::string_view, std::string_view> kCases[] = {
      {"2026-11-24T03:47:34Z", "2026-11-24T03:47:34.000000Z"},
      {"2026-11-24t03:47:34z", "2026-11-24T03:47:34.000000Z"},
      {"2026-11-24 03:47:34Z", "2026-11-24T03:47:34.000000Z"},
      {"2026-11-24T03:47:34.1Z", "2026-11-24T03:47:34.100000Z"},
      {"2026-11-24T03:47:34.123456Z", "2026-11-24T03:47:34.123456Z"},
      {"2026-11-24T03:47:34.1234569999Z", "2026-11-24T03:47:34.123456Z"},
      {"1969-12-31T23:59:59.9999999Z", "1969-12-31T23:59:59.999999Z"},
      {"2026-11-24T03:47:34+05:30", "2026-11-23T22:17:34.000000Z"},
      {"2026-11-24T03:47:34-23:59", "2026-11-25T03:46:34.000000Z"},
      {"2026-11-24T03:47:34-00:00", "2026-11-24T03:47:34.000000Z"},
      {"2024-02-29T12:00:00Z", "2024-02-29T12:00:00.000000Z"},
      {"2000-02-29T12:00:00Z", "2000-02-29T12:00:00.000000Z"},
      {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000000Z"},
      {"2016-12-31T23:59:60.5Z", "2017-01-01T00:00:00.500000Z"},
      {"2017-01-01T00:59:60+01:00", "2017-01-01T00:00:00.000000Z"},
      {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000Z"},
      {"9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"},
  };
  for (const auto& [text, expected] : kCases) {
    EXPECT_EQ(Reformat(text), expected) << text;
  }
}

TEST(TimeTest, RefusesEverythingElse) {
  for (const std::string_view text : {
           "",
           "2026-11-24",
           "2026-11-24T03:47Z",
           "2026-11-24T03:47:34",
           "2026-11-24T03:47:34 Z",
           " 2026-11-24T03:47:34Z",
           "2026-11-24T03:47:34Z ",
           "2026-11-24T03:47:34.Z",
           "2026-11-24T03:47:34,1Z",
           "2026-11-24T03:47:34+0530",
           "2026-11-24T03:47:34+24:00",
           "2026-11-24T03:47:34+01:60",
           "2026-11-24T24:00:00Z",
           "2026-11-24T03:60:00Z",
           "2026-11-24T03:47:61Z",
           "2026-13-01T00:00:00Z",
           "2026-00-01T00:00:00Z",
           "2026-04-31T00:00:00Z",
           "2026-02-29T00:00:00Z",
           "1900-02-29T00:00:00Z",
           "0000-01-01T00:00:00Z",
           "10000-01-01T00:00:00Z",
           "0001-01-01T00:00:00+00:01",
           "9999-12-31T23:59:60Z",
           "9999-12-31T23:59:59-00:01",
           "+2026-11-24T03:47:34Z",
           "1795491454123",
       }) {
    EXPECT_EQ(Reformat(text), "-") << text;
  }
}

TEST(TimeTest, ReadsEpochMillisecondsOfAPlausibleRange) {
  constexpr std::pair<std::string_view, std::string_view> kCases[] = {
      {"100000000000", "1973-03-03T09:46:40.000000Z"},
      {"1649237504949", "2022-04-06T09:31:44.949000Z"},
      {"253402300799999", "9999-12-31T23:59:59.999000Z"},
  };
  for (const auto& [digits, expected] : kCases) {
    ASSERT_TRUE(ParseEpochMilliseconds(digits).has_value()) << digits;
    EXPECT_EQ(FormatRfc3339(*ParseEpochMilliseconds(digits)), expected);
  }
  for (const std::string_view bad : {"", "0", "99999999999", "1649237504", "253402300800000", "1649237504949123",
                                     "0649237504949", "-1649237504949", "1649237504949.0", "1.649237504949e12"}) {
    EXPECT_EQ(ParseEpochMilliseconds(bad), std::nullopt) << bad;
  }
}

TEST(TimeTest, ComesBackFromEveryDayOfFourCenturies) {
  const TimePoint start = *ParseRfc3339("1890-01-01T23:59:59.000001Z");
  for (int day = 0; day < 146'097; day += 11) {
    const TimePoint time = start + std::chrono::days{day};
    ASSERT_EQ(ParseRfc3339(FormatRfc3339(time)), time);
  }
}

TEST(TimeTest, TheSystemClockTellsThisCentury) {
  EXPECT_EQ(FormatRfc3339(SystemClock().WallNow()).substr(0, 2), "20");
  const auto before = SystemClock().SteadyNow();
  EXPECT_LE(before, SystemClock().SteadyNow());
}

}  // namespace
}  // namespace affidavit
