#include "ops/log.h"

#include <limits>
#include <vector>

#include "boost/json/parse.hpp"
#include "core/base/text.h"
#include "gtest/gtest.h"

namespace affidavit::ops {
namespace {

constexpr TimePoint kTime{std::chrono::microseconds(1'700'000'000'123'456)};

std::string Line(std::string_view message, const std::vector<LogField>& fields) {
  return FormatLogLine(kTime, LogLevel::kInfo, "ledger", message, fields);
}

TEST(Log, WritesOneObjectWithMembersInOrder) {
  EXPECT_EQ(Line("started", {{"port", 7443}, {"ready", true}, {"seconds", 0.25}, {"source", "genesys"}}),
            R"({"time":"2023-11-14T22:13:20.123456Z","level":"info","service":"ledger","message":"started",)"
            R"("port":7443,"ready":true,"seconds":0.25,"source":"genesys"})");
}

TEST(Log, LeavesOutAnEmptyService) {
  EXPECT_EQ(FormatLogLine(kTime, LogLevel::kError, "", "x", {}),
            R"({"time":"2023-11-14T22:13:20.123456Z","level":"error","message":"x"})");
}

TEST(Log, EscapesEverythingThatCouldForgeALine) {
  const std::string line = Line("a\"\n\r\x01 b", {{"k\ney", "\\\"}\n{"}});
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const boost::json::object parsed = boost::json::parse(line).as_object();
  EXPECT_EQ(parsed.at("message"), "a\"\n\r\x01 b");
  EXPECT_EQ(parsed.at("k\ney"), "\\\"}\n{");
}

TEST(Log, ReplacesWhatIsNotUtf8) {
  struct Row {
    std::string_view text;
    std::string_view expected;
  };
  const Row rows[] = {
      {"plain", "plain"},
      {"\xFF", "\xEF\xBF\xBD"},
      {"a\xC3", "a\xEF\xBF\xBD"},
      {"\xC3\xA9\x80z", "\xC3\xA9\xEF\xBF\xBDz"},
      {"\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},  // a surrogate
      {"\xF0\x9F\x98\x80!", "\xF0\x9F\x98\x80!"},
      {std::string_view("\0", 1), std::string_view("\0", 1)},
  };
  for (const Row& row : rows) {
    const std::string line = Line("m", {{"text", row.text}});
    EXPECT_TRUE(IsUtf8(line));
    EXPECT_EQ(boost::json::parse(line).at("text").as_string(), row.expected);
  }
}

TEST(Log, WritesNumbersThatJsonHolds) {
  const std::vector<LogField> fields = {{"min", std::numeric_limits<int64_t>::min()},
                                        {"max", std::numeric_limits<int64_t>::max()},
                                        {"nan", std::numeric_limits<double>::quiet_NaN()},
                                        {"infinite", -std::numeric_limits<double>::infinity()}};
  const boost::json::object parsed = boost::json::parse(Line("m", fields)).as_object();
  EXPECT_EQ(parsed.at("min"), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(parsed.at("max"), std::numeric_limits<int64_t>::max());
  EXPECT_TRUE(parsed.at("nan").is_null());
  EXPECT_TRUE(parsed.at("infinite").is_null());
}

TEST(Log, GoesToStderrFromTheLevelUp) {
  InitLog("adapter", LogLevel::kWarning);
  testing::internal::CaptureStderr();
  LogInfo("not this");
  LogWarning("but {} this", {{"n", 1}});
  LogError("and this");
  const std::string out = testing::internal::GetCapturedStderr();
  InitLog("", LogLevel::kInfo);

  EXPECT_EQ(out.find("not this"), std::string::npos);
  EXPECT_NE(out.find(R"("level":"warning","service":"adapter","message":"but {} this","n":1})"
                     "\n{"),
            std::string::npos)
      << out;
  EXPECT_TRUE(out.ends_with("\"message\":\"and this\"}\n")) << out;
}

TEST(Log, ReadsLevelNames) {
  EXPECT_EQ(ParseLogLevel("debug"), LogLevel::kDebug);
  EXPECT_EQ(ParseLogLevel("error"), LogLevel::kError);
  EXPECT_EQ(ParseLogLevel("Error"), std::nullopt);
  EXPECT_EQ(ParseLogLevel(""), std::nullopt);
}

}  // namespace
}  // namespace affidavit::ops
