#include "services/siem/syslog_message.h"

#include <random>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/services/siem/syslog_parser.h"

namespace affidavit::siem {
namespace {

using std::chrono::microseconds;

const SyslogIdentity kSpeaker{
    .host_name = "ledger1", .app_name = "affidavit", .process_id = "812", .enterprise_number = "32473"};

SyslogMessage MessageWith(const std::string& value) {
  return {.severity = kSeverityInformational,
          .time = *ParseRfc3339("2026-11-24T02:00:00.123456Z"),
          .message_id = "RECORD_WRITTEN",
          .element_name = "audit",
          .parameters = {{"eventId", value}},
          .text = ""};
}

std::string ValueIn(const std::string& bytes) {
  const std::optional<ParsedSyslog> parsed = ParseSyslog(bytes);
  if (!parsed || parsed->elements.size() != 1 || parsed->elements[0].parameters.size() != 1) {
    return "does not parse: " + bytes;
  }
  return parsed->elements[0].parameters[0].second;
}

TEST(SyslogMessageTest, IsTheLineOfTheBook) {
  EXPECT_EQ(FormatSyslog(MessageWith("e1"), kSpeaker),
            "<110>1 2026-11-24T02:00:00.123456Z ledger1 affidavit 812 RECORD_WRITTEN [audit@32473 eventId=\"e1\"]");
  SyslogMessage bare = MessageWith("");
  bare.element_name.clear();
  bare.text = "said";
  bare.severity = 4;
  EXPECT_EQ(FormatSyslog(bare, {}), "<108>1 2026-11-24T02:00:00.123456Z - - - RECORD_WRITTEN - said");
}

TEST(SyslogMessageTest, EscapesTheThreeAndNothingElse) {
  EXPECT_THAT(FormatSyslog(MessageWith(R"(a"b\c]d[e=f g'h)"), kSpeaker),
              ::testing::HasSubstr(R"(eventId="a\"b\\c\]d[e=f g'h")"));
  for (const std::string value : {"\\", "\"", "]", "\\\\]\"", "\\n", "ünïcødé 漢字 🙂", "a b", "'"}) {
    EXPECT_EQ(ValueIn(FormatSyslog(MessageWith(value), kSpeaker)), value);
  }
}

TEST(SyslogMessageTest, ReplacesWhatMayNotBeThere) {
  const std::string bad = "\xEF\xBF\xBD";
  EXPECT_EQ(ValueIn(FormatSyslog(MessageWith(std::string("a\nb\0c\x7f", 6)), kSpeaker)),
            "a" + bad + "b" + bad + "c" + bad);
  EXPECT_EQ(ValueIn(FormatSyslog(MessageWith("x\xff\xc3"), kSpeaker)), "x" + bad + bad);
  EXPECT_EQ(ValueIn(FormatSyslog(MessageWith("\xc2\x85"), kSpeaker)), bad);  // NEL, a C1 control
}

TEST(SyslogMessageTest, CutsLongValuesBetweenCharacters) {
  const std::string fits(kParameterBytesMax, 'x');
  EXPECT_EQ(ValueIn(FormatSyslog(MessageWith(fits), kSpeaker)), fits);
  EXPECT_EQ(ValueIn(FormatSyslog(MessageWith(fits + "y"), kSpeaker)), fits);
  EXPECT_EQ(ValueIn(FormatSyslog(MessageWith(fits.substr(1) + "ü"), kSpeaker)), fits.substr(1));
}

TEST(SyslogMessageTest, KeepsTheHeadersLengths) {
  SyslogMessage message = MessageWith("v");
  message.message_id = std::string(40, 'M');
  message.element_name = std::string(40, 'n');
  message.parameters = {{std::string(40, 'p') + "=\" ]", "v"}, {"", "v"}};
  const SyslogIdentity identity{.host_name = std::string(300, 'h'),
                                .app_name = "spaces and ünïcødé " + std::string(60, 'a'),
                                .process_id = std::string(200, '9'),
                                .enterprise_number = "1"};
  const std::optional<ParsedSyslog> parsed = ParseSyslog(FormatSyslog(message, identity));
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->host_name.size(), 255u);
  EXPECT_EQ(parsed->app_name.size(), 48u);
  EXPECT_EQ(parsed->process_id.size(), 128u);
  EXPECT_EQ(parsed->message_id.size(), 32u);
}

TEST(SyslogMessageTest, WhateverGoesInAParserOfTheRfcReads) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  const auto any_bytes = [&random](size_t size_max) {
    // Half of them those that matter.
    static constexpr std::string_view kNasty = "\"\\]=[ \n\r\0-@<>\xEF\xBB\xBF\xC3\xA9";
    std::string bytes(random() % size_max, '\0');
    for (char& byte : bytes) {
      byte = random() % 2 == 0 ? kNasty[random() % kNasty.size()] : static_cast<char>(random() % 256);
    }
    return bytes;
  };
  for (int round = 0; round < 2'000; ++round) {
    SyslogMessage message{.severity = static_cast<int>(random() % 10) - 1,
                          .time = TimePoint(microseconds(random())),
                          .message_id = any_bytes(40),
                          .element_name = any_bytes(40),
                          .parameters = {{any_bytes(40), any_bytes(200)}, {"ascii", ""}},
                          .text = "text"};
    std::string ascii(random() % 60, ' ');
    for (char& byte : ascii) {
      byte = static_cast<char>(' ' + random() % 95);
    }
    message.parameters[1].second = ascii;
    const SyslogIdentity identity{any_bytes(300), any_bytes(60), any_bytes(140), any_bytes(10)};
    const std::string bytes = FormatSyslog(message, identity);
    const std::optional<ParsedSyslog> parsed = ParseSyslog(bytes);
    ASSERT_TRUE(parsed.has_value()) << bytes;
    EXPECT_EQ(parsed->priority / 8, kFacilityLogAudit);
    EXPECT_EQ(parsed->text, "text");
    if (!message.element_name.empty()) {
      ASSERT_EQ(parsed->elements.size(), 1u);
      EXPECT_EQ(parsed->elements[0].parameters.at(1).second, ascii);
    }
  }
}

// The parser itself, so that it does not believe everything.
TEST(SyslogParserTest, RefusesWhatTheGrammarRefuses) {
  const std::string head = "<110>1 2026-11-24T02:00:00Z h a 1 M ";
  EXPECT_TRUE(ParseSyslog(head + "[a b=\"c\"][d@1] text").has_value());
  for (const std::string rest :
       {"[a b=\"c]\"]", "[a b=\"c\\n\"]", "[a b=c]", "[a  b=\"c\"]", "[ a]", "", "[a b=\"\xff\"]", "[a]x"}) {
    EXPECT_FALSE(ParseSyslog(head + rest).has_value()) << rest;
  }
  EXPECT_FALSE(ParseSyslog("<192>1 2026-11-24T02:00:00Z h a 1 M -").has_value());
  EXPECT_FALSE(ParseSyslog("<110>1 2026-11-24t02:00:00Z h a 1 M -").has_value());
}

}  // namespace
}  // namespace affidavit::siem
