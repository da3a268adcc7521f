#include "core/schema/canonical_document.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace affidavit {
namespace {

using testing::ElementsAre;
using testing::Pair;

std::string Canonical(std::string_view text) {
  return CanonicalDocument(text, 64).value_or("refused");
}

TEST(CanonicalDocument, SortsMembersAndDropsSpace) {
  EXPECT_EQ(Canonical(" { \"b\" : [ 1 , { } , [ ] , null ] , \"a\" : true } "), R"({"a":true,"b":[1,{},[],null]})");
  EXPECT_EQ(Canonical(R"("\u0041\/\n\u20AC")"), R"("A/\n€")");
  // By UTF-16 code units: U+1F600 (a surrogate pair) before U+FB33.
  EXPECT_EQ(Canonical("{\"\xEF\xAC\xB3\":1,\"\xF0\x9F\x98\x80\":2}"), "{\"\xF0\x9F\x98\x80\":2,\"\xEF\xAC\xB3\":1}");
}

// RFC 8785 appendix B, and what distinguishes us: integers keep their digits.
TEST(CanonicalDocument, PrintsNumbersAsEcmaScriptDoes) {
  const struct {
    std::string_view in, out;
  } rows[] = {
      {"0", "0"},
      {"-0", "0"},
      {"-0.0", "0"},
      {"1.0", "1"},
      {"1e2", "100"},
      {"0.10", "0.1"},
      {"-1.5", "-1.5"},
      {"0.01", "0.01"},
      {"5e-324", "5e-324"},
      {"1.7976931348623157e308", "1.7976931348623157e+308"},
      {"9007199254740993", "9007199254740993"},
      {"18446744073709551616", "18446744073709551616"},
      {"295147905179352830000", "295147905179352830000"},
      {"9.999999999999997e22", "9.999999999999997e+22"},
      {"1E+23", "1e+23"},
      {"999999999999999900000.0", "999999999999999900000"},
      {"1e21", "1e+21"},
      {"1e20", "100000000000000000000"},
      {"9.999999999999997e-7", "9.999999999999997e-7"},
      {"0.000001", "0.000001"},
      {"333333333.33333329", "333333333.3333333"},
      {"1424953923781206.25", "1424953923781206.2"},
      {"12.5e1", "125"},
      {"123456.789e-3", "123.456789"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(Canonical(row.in), row.out) << row.in;
    EXPECT_EQ(Canonical(Canonical(row.in)), row.out) << row.in;
  }
}

TEST(CanonicalDocument, RefusesWhatHasNoCanonicalForm) {
  for (const std::string_view text :
       {"", "{", "[1,]", "{\"a\":1,}", "nul", "1 2", "\xFF", R"({"a":1,"\u0061":2})", R"("\ud800")", R"("\u0000")",
        R"({"\u0000":1})", "1e400", "-1e400", "01", "[1}", "{\"a\" 1}"}) {
    const auto canonical = CanonicalDocument(text, 64);
    EXPECT_EQ(canonical.status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(CanonicalDocument, StopsAtTheDepthAsked) {
  EXPECT_TRUE(CanonicalDocument("[[]]", 2).ok());
  EXPECT_FALSE(CanonicalDocument("[[[]]]", 2).ok());
  EXPECT_FALSE(CanonicalDocument(std::string(100'000, '['), 64).ok());
  EXPECT_FALSE(CanonicalDocument(std::string(100'000, '['), 4096).ok()) << "deeper than the scanner reads";
}

TEST(CanonicalMembers, AreThoseOfAnObjectOnly) {
  EXPECT_THAT(CanonicalMembers(R"({"b":[ 1.50 ],"a":"x"})", 2).value(),
              ElementsAre(Pair("a", "\"x\""), Pair("b", "[1.5]")));
  for (const std::string_view text : {"[]", "1", "", "{} {}", "\xFF", R"({"a":1,"a":1})"}) {
    EXPECT_FALSE(CanonicalMembers(text, 64).ok()) << text;
  }
}

}  // namespace
}  // namespace affidavit
