#include "services/schema/document.h"

#include <limits>

#include "boost/json/serialize.hpp"
#include "gtest/gtest.h"

namespace affidavit::schema {
namespace {

boost::json::value Read(std::string_view text) {
  return ReadDocument(text, 512).value();
}

TEST(Document, ReadsValues) {
  EXPECT_EQ(boost::json::serialize(Read(R"( {"a":[1,-2,true,false,null,{}],"":"x\u00e4"} )")),
            "{\"a\":[1,-2,true,false,null,{}],\"\":\"x\xC3\xA4\"}");
  EXPECT_EQ(boost::json::serialize(Read(R"({"a":1,"b":2,"\u0061":{"c":3}})")), R"({"a":{"c":3},"b":2})")
      << "the last counts";
}

TEST(Document, NumbersCompareAsNumbers) {
  EXPECT_EQ(Read("1.0"), boost::json::value(1));
  EXPECT_EQ(Read("1e3"), boost::json::value(1000));
  EXPECT_EQ(Read("-0.0"), boost::json::value(0));
  EXPECT_EQ(Read("9223372036854775807"), boost::json::value(std::numeric_limits<int64_t>::max()));
  EXPECT_EQ(Read("9223372036854775808"), boost::json::value(9223372036854775808.0));
  EXPECT_EQ(Read("0.1"), boost::json::value(0.1));
  EXPECT_EQ(Read("1e999"), boost::json::value(std::numeric_limits<double>::max()));
  EXPECT_EQ(Read("-1e999"), boost::json::value(std::numeric_limits<double>::lowest()));
  EXPECT_EQ(Read("1e-999"), boost::json::value(0));
}

TEST(Document, WhatIsNoTextReadsAsTheReplacement) {
  EXPECT_EQ(Read(R"("a\u0000b")"), boost::json::value("a\uFFFDb"));
  EXPECT_EQ(Read(R"("a\ud800b")"), boost::json::value("\uFFFD"));
}

TEST(Document, IsJsonOfBoundedDepth) {
  for (const std::string_view text : {"", "[", "{\"a\":1,}", "\xFF", "1 1"}) {
    EXPECT_EQ(ReadDocument(text, 512).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
  EXPECT_TRUE(ReadDocument("[[]]", 2).ok());
  EXPECT_EQ(ReadDocument("[[[]]]", 2).status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(ReadDocument(std::string(2000, '['), 512).status().code(), absl::StatusCode::kOutOfRange);
}

}  // namespace
}  // namespace affidavit::schema
