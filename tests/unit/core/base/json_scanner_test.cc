#include "core/base/json_scanner.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "boost/json.hpp"
#include "core/base/text.h"

namespace affidavit {
namespace {

using namespace std::string_view_literals;

// The last token; with `obstacle`, also what jsonb could not hold.
JsonToken Scan(std::string_view text, JsonbObstacle* obstacle = nullptr) {
  JsonScanner scanner(text);
  for (;;) {
    const JsonToken token = scanner.Next();
    if (token == JsonToken::kEnd || token == JsonToken::kInvalid || token == JsonToken::kTooDeep) {
      EXPECT_EQ(scanner.Next(), token) << "the end stays the end";
      if (obstacle != nullptr) {
        *obstacle = scanner.jsonb_obstacle();
      }
      return token;
    }
  }
}

std::string Nested(size_t depth, std::string_view opener, std::string_view inner, std::string_view closer) {
  std::string text;
  for (size_t i = 0; i < depth; ++i) {
    text += opener;
  }
  text += inner;
  for (size_t i = 0; i < depth; ++i) {
    text += closer;
  }
  return text;
}

TEST(JsonScannerTest, AcceptsEveryValidText) {
  for (const std::string_view text : {
           "null",
           "true",
           "false",
           "0",
           "-0",
           "-1",
           "12",
           "1.5",
           "1e3",
           "1E+3",
           "1e-3",
           "0e0",
           "0.0e-00",
           "\"\"",
           "[]",
           "{}",
           " \t\r\n[ \t\r\n] ",
           "[1,2,[3],{}]",
           "{\"\":{}}",
           "{\"a\":1,\"a\":2}",
           "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]",
           "\"\\u00e9\\uD83D\\uDE00\"",
           "\"\x7F\"",
           "\"\xC2\x80\xE2\x80\xA8\xF0\x9F\x98\x80\"",
           // What values cannot hold is still valid.
           "\"\\u0000\"",
           "{\"\\u0000\":0}",
           "\"\\ud800\"",
           "\"\\udc00\\ud800\"",
           "\"\\ud800\\u0041\"",
           "\"\\ud800\\n\"",
           "1e400000",
           "-1e99999999999999999999",
           "0.4e00669999999999999999999999999999999999999999",
           "123123123123123123123123123123",
           "0.1000000000000000000000000000000000000001",
       }) {
    EXPECT_EQ(Scan(text), JsonToken::kEnd) << text;
  }
}

TEST(JsonScannerTest, RefusesEveryOtherText) {
  for (const std::string_view text : {
           "",          " ",           "nul",         "nulll",     "True",       "NaN",
           "-Infinity", "+1",          "01",          "-01",       "-",          "1.",
           ".5",        "1.e1",        "1e",          "1e+",       "1.5.5",      "0x1",
           "1 2",       "\"",          "\"a",         "\"\\",      "\"\\\"",     "\"\\x\"",
           "\"\\u12\"", "\"\\u12G4\"", "\"\\U0041\"", "'a'",       "\"a\nb\"",   "\"a\tb\"",
           "[",         "]",           "[1",          "[1,",       "[1,]",       "[,1]",
           "[1 2]",     "[1,,2]",      "[1}",         "{",         "}",          "{]",
           "{\"a\"}",   "{\"a\":}",    "{\"a\":1",    "{\"a\":1,", "{\"a\":1,}", "{,}",
           "{\"a\" 1}", "{\"a\"::1}",  "{a:1}",       "{1:1}",     "{\"a\":1]",  "{\"a\":1 \"b\":2}",
           "[]]",       "{}{}",        "[] x",        "/**/1",     "1//",        "\xEF\xBB\xBF{}",
           "[\f]",      "\xC2\xA0[]",
       }) {
    EXPECT_EQ(Scan(text), JsonToken::kInvalid) << text;
  }
  EXPECT_EQ(Scan("{}\0"sv), JsonToken::kInvalid);
  EXPECT_EQ(Scan("\"\0\""sv), JsonToken::kInvalid);
}

TEST(JsonScannerTest, StopsAtLevel513) {
  EXPECT_EQ(Scan(Nested(512, "[", "1", "]")), JsonToken::kEnd);
  EXPECT_EQ(Scan(Nested(513, "[", "1", "]")), JsonToken::kTooDeep);
  EXPECT_EQ(Scan(Nested(512, "{\"a\":", "1", "}")), JsonToken::kEnd);
  EXPECT_EQ(Scan(Nested(513, "{\"a\":", "1", "}")), JsonToken::kTooDeep);
  EXPECT_EQ(Scan(std::string(1 << 20, '[')), JsonToken::kTooDeep);
  EXPECT_EQ(Scan(Nested(512, "[", "[}", "]")), JsonToken::kTooDeep) << "what comes after is not looked at";
  EXPECT_EQ(Scan("[}" + Nested(513, "[", "1", "]")), JsonToken::kInvalid);
}

TEST(JsonScannerTest, HandsOverTokensAsTheyStand) {
  JsonScanner scanner(R"( {"a\u0062" : -1.50e+07, "c":["d\n", true, null]} )");
  EXPECT_EQ(scanner.Next(), JsonToken::kBeginObject);
  EXPECT_EQ(scanner.Next(), JsonToken::kKey);
  EXPECT_EQ(scanner.token_text(), R"(a\u0062)");
  EXPECT_TRUE(scanner.has_escapes());
  EXPECT_EQ(scanner.Next(), JsonToken::kNumber);
  EXPECT_EQ(scanner.token_text(), "-1.50e+07");
  EXPECT_EQ(scanner.Next(), JsonToken::kKey);
  EXPECT_EQ(scanner.token_text(), "c");
  EXPECT_FALSE(scanner.has_escapes());
  EXPECT_EQ(scanner.Next(), JsonToken::kBeginArray);
  EXPECT_EQ(scanner.Next(), JsonToken::kString);
  EXPECT_EQ(scanner.token_text(), R"(d\n)");
  EXPECT_EQ(scanner.Next(), JsonToken::kLiteral);
  EXPECT_EQ(scanner.token_text(), "true");
  EXPECT_EQ(scanner.Next(), JsonToken::kNull);
  EXPECT_EQ(scanner.token_text(), "null");
  EXPECT_EQ(scanner.Next(), JsonToken::kEndArray);
  EXPECT_EQ(scanner.Next(), JsonToken::kEndObject);
  EXPECT_EQ(scanner.Next(), JsonToken::kEnd);
}

TEST(JsonScannerTest, NotesTheFirstThingThatJsonbCannotHold) {
  constexpr std::pair<std::string_view, JsonbObstacle> kCases[] = {
      {R"(["\u0001", "\uD83D\uDE00"])", JsonbObstacle::kNone},
      {R"(["\\u0000", "\\ud800"])", JsonbObstacle::kNone},
      {R"({"\u0000":1})", JsonbObstacle::kNullEscape},
      {R"(["\ud800"])", JsonbObstacle::kUnpairedSurrogate},
      {R"(["\uDFFF"])", JsonbObstacle::kUnpairedSurrogate},
      {R"(["\uDFFF\uD800"])", JsonbObstacle::kUnpairedSurrogate},
      {R"(["\uD800\uD800\uDC00"])", JsonbObstacle::kUnpairedSurrogate},
      {R"(["\u0000", "\ud800"])", JsonbObstacle::kNullEscape},
      {R"(["\ud800", "\u0000"])", JsonbObstacle::kUnpairedSurrogate},
  };
  for (const auto& [text, expected] : kCases) {
    JsonbObstacle obstacle = JsonbObstacle::kNone;
    EXPECT_EQ(Scan(text, &obstacle), JsonToken::kEnd) << text;
    EXPECT_EQ(obstacle, expected) << text;
  }
}

TEST(UnescapeJsonTest, SaysWhatAStringMeans) {
  constexpr std::pair<std::string_view, std::string_view> kCases[] = {
      {"plain", "plain"},
      {R"(\"\\\/\b\f\n\r\t)", "\"\\/\b\f\n\r\t"},
      {R"(\u0041\u00e9\u00E9\u20AC\uFFFF)", "A\xC3\xA9\xC3\xA9\xE2\x82\xAC\xEF\xBF\xBF"},
      {R"(\uD83D\uDE00\uDBFF\uDFFF)", "\xF0\x9F\x98\x80\xF4\x8F\xBF\xBF"},
      {R"(x\u0000y)", "x\0y"sv},
      {R"(\\u0041)", "\\u0041"},
  };
  std::string text;
  for (const auto& [escaped, meaning] : kCases) {
    EXPECT_TRUE(UnescapeJson(escaped, text)) << escaped;
    EXPECT_EQ(text, meaning);
  }
  for (const std::string_view bad : {R"(\ud800)", R"(\udc00)", R"(\ud800x)", R"(\ud800\ud800)", R"(a\udfff\ud83d)"}) {
    EXPECT_FALSE(UnescapeJson(bad, text)) << bad;
  }
}

// Boost.JSON is the second opinion; it differs only where it wants values of its own.
bool BoostAccepts(std::string_view text, bool& has_opinion) {
  boost::json::error_code error;
  boost::json::parse_options options;
  options.max_depth = 600;
  boost::json::parse({text.data(), text.size()}, error, {}, options);
  const bool wants_values = error == boost::json::error::exponent_overflow ||
                            error == boost::json::error::illegal_leading_surrogate ||
                            error == boost::json::error::illegal_trailing_surrogate;
  has_opinion = !wants_values && text.find("\\u") == std::string_view::npos;
  return !error;
}

TEST(JsonScannerTest, AgreesWithBoostJsonOnDamagedDocuments) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  const std::string document =
      R"({"id":"e-1","n":[0,-1.5e+3,12],"deep":{"a":[{"b":null},true,false]},"s":"x\n\"y\\","e":{}} )";
  constexpr std::string_view kAlphabet = "{}[],:\"\\0123456789.eE+-truefalsn /b \n\t\x01";
  int refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string text = document;
    for (int changes = static_cast<int>(random() % 3); changes >= 0; --changes) {
      const size_t at = random() % text.size();
      switch (random() % 3) {
        case 0:
          text[at] = kAlphabet[random() % kAlphabet.size()];
          break;
        case 1:
          text.erase(at, 1 + random() % 3);
          break;
        default:
          text.insert(at, 1, kAlphabet[random() % kAlphabet.size()]);
      }
    }
    bool has_opinion = false;
    const bool accepted = BoostAccepts(text, has_opinion);
    if (has_opinion) {
      ASSERT_EQ(Scan(text) == JsonToken::kEnd, accepted) << text;
      refused += accepted ? 0 : 1;
    }
  }
  EXPECT_GT(refused, 1'000);
}

}  // namespace
}  // namespace affidavit
