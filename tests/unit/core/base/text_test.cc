#include "core/base/text.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace affidavit {
namespace {

using namespace std::string_view_literals;

struct Utf8Case {
  std::string_view what;
  std::string_view bytes;
  bool valid;
};

constexpr Utf8Case kUtf8Cases[] = {
    {"empty", ""sv, true},
    {"ASCII with NUL", "a\0b"sv, true},
    {"U+0080, first of two bytes", "\xC2\x80"sv, true},
    {"U+07FF, last of two bytes", "\xDF\xBF"sv, true},
    {"U+0800, first of three bytes", "\xE0\xA0\x80"sv, true},
    {"U+D7FF, before the surrogates", "\xED\x9F\xBF"sv, true},
    {"U+E000, after the surrogates", "\xEE\x80\x80"sv, true},
    {"U+FFFF", "\xEF\xBF\xBF"sv, true},
    {"U+10000, first of four bytes", "\xF0\x90\x80\x80"sv, true},
    {"U+10FFFF, the last", "\xF4\x8F\xBF\xBF"sv, true},
    {"U+110000", "\xF4\x90\x80\x80"sv, false},
    {"U+D800", "\xED\xA0\x80"sv, false},
    {"U+DFFF", "\xED\xBF\xBF"sv, false},
    {"overlong slash, two bytes", "\xC0\xAF"sv, false},
    {"overlong slash, three bytes", "\xE0\x80\xAF"sv, false},
    {"overlong slash, four bytes", "\xF0\x80\x80\xAF"sv, false},
    {"overlong U+007F", "\xC1\xBF"sv, false},
    {"overlong U+FFFF", "\xF0\x8F\xBF\xBF"sv, false},
    {"lone continuation", "\x80"sv, false},
    {"cut off after one of two", "\xC3"sv, false},
    {"cut off after two of three", "\xE2\x82"sv, false},
    {"cut off after three of four", "\xF0\x9F\x98"sv, false},
    {"second byte is ASCII", "\xC3("sv, false},
    {"third byte is ASCII", "\xE2\x82("sv, false},
    {"fourth byte is ASCII", "\xF0\x9F\x98("sv, false},
    {"five-byte form", "\xF8\x88\x80\x80\x80"sv, false},
    {"FE", "\xFE"sv, false},
    {"FF", "\xFF"sv, false},
};

TEST(Utf8Test, AcceptsWellFormedSequencesOnly) {
  for (const Utf8Case& c : kUtf8Cases) {
    EXPECT_EQ(IsUtf8(c.bytes), c.valid) << c.what;
  }
}

TEST(Utf8Test, FindsAFaultAtEveryOffsetOfTheEightByteSteps) {
  for (size_t before = 0; before < 20; ++before) {
    for (const Utf8Case& c : kUtf8Cases) {
      const std::string text = std::string(before, 'x') + std::string(c.bytes) + std::string(9, 'y');
      EXPECT_EQ(IsUtf8(text), c.valid) << c.what << " after " << before << " bytes";
    }
  }
}

TEST(SoundTextTest, HasOneToSizeMaxBytes) {
  EXPECT_FALSE(IsSoundText("", 3));
  EXPECT_TRUE(IsSoundText("abc", 3));
  EXPECT_FALSE(IsSoundText("abcd", 3));
  EXPECT_TRUE(IsSoundText("\xE2\x82\xAC", 3));
  EXPECT_FALSE(IsSoundText("\xE2\x82\xAC", 2));
}

TEST(SoundTextTest, HasNoControlCharacters) {
  for (const std::string_view bad : {"a\0b"sv, "a\x1F"sv, "\n"sv, "a\x7F"sv, "\xC2\x80"sv, "a\xC2\x9F"sv, "\xFF"sv}) {
    EXPECT_FALSE(IsSoundText(bad, 100)) << testing::PrintToString(bad);
  }
  for (const std::string_view good : {" "sv, "~"sv, "\xC2\xA0"sv, "\xC3\x9F"sv, "\xEF\xBF\xBD"sv}) {
    EXPECT_TRUE(IsSoundText(good, 100)) << testing::PrintToString(good);
  }
}

TEST(AsciiCaseTest, FoldsAsciiLettersOnly) {
  EXPECT_TRUE(EqualsIgnoreAsciiCase("OutBound", "outbouND"));
  EXPECT_FALSE(EqualsIgnoreAsciiCase("outbound", "outboun"));
  EXPECT_FALSE(EqualsIgnoreAsciiCase("[", "{"));
  EXPECT_FALSE(EqualsIgnoreAsciiCase("\xC3\x84", "\xC3\xA4"));
}

TEST(TrimTest, TakesSpacesAndTabsFromBothEnds) {
  EXPECT_EQ(TrimHttpSpace(" \t a b \t"), "a b");
  EXPECT_EQ(TrimHttpSpace(" \t"), "");
  EXPECT_EQ(TrimHttpSpace("\na\r"), "\na\r");
}

TEST(ConcatTest, PutsPartsInARow) {
  EXPECT_EQ(Concat({"a", "", "bc"}), "abc");
  EXPECT_EQ(Concat({}), "");
}

}  // namespace
}  // namespace affidavit
