#include "cli/json_field.h"

#include "gtest/gtest.h"

namespace affidavit::cli {
namespace {

std::string Field(std::string_view body, const std::string& pointer) {
  const auto found = FindField(body, ParseJsonPointer(pointer).value());
  if (!found.ok()) {
    return "no JSON";
  }
  return found->value_or("absent");
}

TEST(FindFieldTest, TellsValueNullAndAbsentApart) {
  constexpr std::string_view kBody = R"({"a": {"b": null, "c": "null"}, "d": [1, {"e": true}, false], "": 5})";
  constexpr std::pair<const char*, const char*> kCases[] = {
      {"/a/b", "null"},
      {"/a/c", R"("null")"},
      {"/a/x", "absent"},
      {"/a/b/c", "absent"},
      {"/d/0", "1"},
      {"/d/1/e", "true"},
      {"/d/2", "false"},
      {"/d/3", "absent"},
      {"/d/00", "absent"},
      {"/d/-", "absent"},
      {"/d/e", "absent"},
      {"/", "5"},
      {"/d/0/0", "absent"},
      {"/a", R"({"b":null,"c":"null"})"},
      {"/d", R"([1,{"e":true},false])"},
  };
  for (const auto& [pointer, expected] : kCases) {
    EXPECT_EQ(Field(kBody, pointer), expected) << pointer;
  }
}

TEST(FindFieldTest, KeepsWhatStandsThereAndDropsTheSpaceBetween) {
  EXPECT_EQ(Field("{ \"n\" :\n 1.50e+07 }", "/n"), "1.50e+07");
  EXPECT_EQ(Field(R"({"s":"a\u0062 \n"})", "/s"), R"("a\u0062 \n")");
  EXPECT_EQ(Field(R"({"o": { "x" : [ ] , "y" : { } , "z" : [ 1 , [ 2 ] , "c" ] } })", "/o"),
            R"({"x":[],"y":{},"z":[1,[2],"c"]})");
  EXPECT_EQ(Field(R"({"n":123456789012345678901234567890})", "/n"), "123456789012345678901234567890");
}

TEST(FindFieldTest, ReadsKeysAsTheyMean) {
  EXPECT_EQ(Field(R"({"\u0061/b": {"c~d": 7}})", "/a~1b/c~0d"), "7");
}

TEST(FindFieldTest, TakesTheLastOfMembersThatAreThereTwiceAsJsonbDoes) {
  EXPECT_EQ(Field(R"({"a":1,"a":2})", "/a"), "2");
  EXPECT_EQ(Field(R"({"a":{"b":1},"a":2})", "/a/b"), "absent");
}

TEST(FindFieldTest, RefusesWhatIsNoJson) {
  for (const std::string_view body : {"", "{", "[1,]", R"({"a":1} x)", R"({"a":1)", R"({"a":1,)", "{\"a\":\"\xFF\"}"}) {
    EXPECT_EQ(Field(body, "/a"), "no JSON") << body;
  }
  EXPECT_EQ(Field(std::string(600, '['), "/a"), "no JSON");
  std::string deep = R"({"a":)" + std::string(500, '[') + std::string(500, ']') + "}";
  EXPECT_EQ(Field(deep, "/a"), deep.substr(5, 1'000));
}

TEST(HasFieldTest, KnowsElementsOfArraysAndMapLikeObjects) {
  const std::vector<std::string> fields = {" object",     "/a object",     "/a/* string", "/l array",
                                           "/l/- object", "/l/-/x number", "/s~1t null"};
  const auto has = [&fields](const char* pointer) { return HasField(fields, ParseJsonPointer(pointer).value()); };
  for (const char* pointer : {"/a", "/a/whatever", "/l/0", "/l/17/x", "/l/-", "/s~1t"}) {
    EXPECT_TRUE(has(pointer)) << pointer;
  }
  for (const char* pointer : {"/b", "/a/b/c", "/l/x", "/l/0/y", "/s/t", "/"}) {
    EXPECT_FALSE(has(pointer)) << pointer;
  }
}

TEST(IsCutTest, SaysWhetherAShapeIsAllThereIs) {
  EXPECT_FALSE(IsCut({"/a string"}));
  EXPECT_TRUE(IsCut({"/a string", "…"}));
  EXPECT_TRUE(IsCut({"/aaaaaaaa… string"}));
}

}  // namespace
}  // namespace affidavit::cli
