#include "core/base/canonical_json.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "boost/json.hpp"

namespace affidavit {
namespace {

using namespace std::string_view_literals;

std::string Quoted(std::string_view text) {
  std::string out;
  AppendCanonicalString(text, out);
  return out;
}

std::string Canonical(std::string_view document) {
  return CanonicalJson(boost::json::parse({document.data(), document.size()}));
}

TEST(CanonicalJsonTest, EscapesAsRfc8785Says) {
  EXPECT_EQ(Quoted(""), "\"\"");
  EXPECT_EQ(Quoted("\"\\/"), R"("\"\\/")");
  EXPECT_EQ(Quoted("\b\t\n\f\r"), R"("\b\t\n\f\r")");
  EXPECT_EQ(Quoted("\0\x01\x0B\x1F"sv), R"("\u0000\u0001\u000b\u001f")");
  EXPECT_EQ(Quoted("\x7F\xC2\x80\xE2\x80\xA8"), "\"\x7F\xC2\x80\xE2\x80\xA8\"") << "nothing else is escaped";
  EXPECT_EQ(Quoted("a\nb\"c"), R"("a\nb\"c")");
}

TEST(CanonicalJsonTest, PassesTheStringExampleOfRfc8785) {
  // Section 3.2.2, without its floating-point numbers.
  EXPECT_EQ(
      Canonical(R"({"string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]})"),
      "{\"literals\":[null,true,false],\"string\":\"\xE2\x82\xAC$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
}

TEST(CanonicalJsonTest, SortsMembersByUtf16AsRfc8785Does) {
  // Section 3.2.3: the emoji's surrogates come before U+FB33, which its code point does not.
  EXPECT_EQ(Canonical(R"({"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7})"),
            "{\"\\r\":2,\"1\":4,\"\xC2\x80\":6,\"\xC3\xB6\":7,\"\xE2\x82\xAC\":1,\"\xF0\x9F\x98\x80\":5,"
            "\"\xEF\xAC\xB3\":3}");
}

TEST(CanonicalJsonTest, OrdersKeysStrictly) {
  constexpr std::string_view kSorted[] = {"",
                                          "A",
                                          "a",
                                          "a\x01",
                                          "aa",
                                          "\xC3\xB6",
                                          "\xED\x9F\xBF",      // U+D7FF
                                          "\xF0\x90\x80\x80",  // U+10000
                                          "\xF4\x8F\xBF\xBF",  // U+10FFFF
                                          "\xEE\x80\x80",      // U+E000
                                          "\xEF\xBF\xBF"};     // U+FFFF
  for (size_t i = 0; i < std::size(kSorted); ++i) {
    for (size_t k = 0; k < std::size(kSorted); ++k) {
      EXPECT_EQ(CanonicalKeyLess(kSorted[i], kSorted[k]), i < k) << i << " " << k;
    }
  }
}

TEST(CanonicalJsonTest, WritesNestedValuesWithoutSpace) {
  EXPECT_EQ(Canonical(R"( { "b" : [ 1 , -2 , [ ] , { } ] , "a" : { "d" : null , "c" : true } } )"),
            R"({"a":{"c":true,"d":null},"b":[1,-2,[],{}]})");
  EXPECT_EQ(Canonical("9007199254740991"), "9007199254740991");
  EXPECT_EQ(Canonical("-9007199254740991"), "-9007199254740991");
  EXPECT_EQ(CanonicalJson(boost::json::value(std::uint64_t{7})), "7");
}

TEST(CanonicalJsonDeathTest, RefusesNumbersThatOthersWouldReadDifferently) {
  EXPECT_DEATH(Canonical("9007199254740992"), "");
  EXPECT_DEATH(Canonical("18446744073709551615"), "");
  EXPECT_DEATH(Canonical("1.5"), "");
}

}  // namespace
}  // namespace affidavit
