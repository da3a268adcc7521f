#include "core/schema/shape.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/base/text.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace affidavit {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> FieldsOf(std::string_view body, const std::vector<std::string>& maps = {}) {
  std::vector<JsonPointer> pointers;
  for (const std::string& map : maps) {
    pointers.push_back(ParseJsonPointer(map).value());
  }
  const auto shape = ShapeOf(body, pointers);
  return shape.ok() ? shape->fields : std::vector<std::string>{"refused"};
}

TEST(Shape, HasPointersAndTypesButNoValues) {
  EXPECT_THAT(FieldsOf(R"({"s":"secret","n":-1.5e3,"t":true,"f":false,"z":null,"o":{"a":{}},"l":[]})"),
              ElementsAre(" object", "/f boolean", "/l array", "/n number", "/o object", "/o/a object", "/s string",
                          "/t boolean", "/z null"));
  EXPECT_THAT(FieldsOf(" 1 "), ElementsAre(" number"));
  EXPECT_THAT(FieldsOf("null"), ElementsAre(" null"));
  EXPECT_THAT(FieldsOf("\"null\""), ElementsAre(" string"));
}

TEST(Shape, ElementsOfAnArrayShareOneToken) {
  EXPECT_THAT(FieldsOf(R"({"l":[1,"a",{"b":1},{"b":"x","c":[[null]]}],"after":1})"),
              ElementsAre(" object", "/after number", "/l array", "/l/- number", "/l/- object", "/l/- string",
                          "/l/-/b number", "/l/-/b string", "/l/-/c array", "/l/-/c/- array", "/l/-/c/-/- null"));
}

TEST(Shape, MembersOfAMapShareOneToken) {
  const std::string_view body =
      R"({"m":{"+49 151":{"x":1},"+49 152":{"y":"a"}},"l":[{"m":{"k":1}},{"m":{"j":2}}],"n":{"a":1}})";
  EXPECT_THAT(FieldsOf(body, {"/m", "/l/-/m", "/absent"}),
              ElementsAre(" object", "/l array", "/l/- object", "/l/-/m object", "/l/-/m/* number", "/m object",
                          "/m/* object", "/m/*/x number", "/m/*/y string", "/n object", "/n/a number"));
  EXPECT_THAT(FieldsOf(R"({"m":[{"a":1}]})", {"/m"}),
              ElementsAre(" object", "/m array", "/m/- object", "/m/-/a number"))
      << "only objects are maps";
  EXPECT_THAT(FieldsOf(R"({"a~/b":{"k":1}})", {"/a~0~1b"}),
              ElementsAre(" object", "/a~0~1b object", "/a~0~1b/* number"));
  EXPECT_THAT(ShapeOf(R"({"a":1})", {JsonPointer{}}).value().fields, ElementsAre(" object", "/a number"))
      << "an empty pointer is none";
}

TEST(Shape, KeysStandUnescapedAndAsOneLine) {
  EXPECT_THAT(FieldsOf(R"({"\u0061":1,"b\nc":2,"\u0000":3,"\ud800":4,"\u0085":5,"":6})"),
              ElementsAre(" object", "/ number", "/a number", "/b\uFFFDc number", "/\uFFFD number"));
}

TEST(Shape, AKeyTwiceIsOneFieldOfEachType) {
  EXPECT_THAT(FieldsOf(R"({"a":1,"a":2,"a":"x"})"), ElementsAre(" object", "/a number", "/a string"));
}

TEST(Shape, IsOfJsonOnly) {
  for (const std::string_view body : {"", "{", "{}}", "[1,]", "\xFF", "nulL", "{\"a\":tru}"}) {
    EXPECT_EQ(ShapeOf(body, {}).status().code(), absl::StatusCode::kInvalidArgument) << body;
  }
  const auto nested = [](size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(ShapeOf(nested(512), {}).ok());
  EXPECT_FALSE(ShapeOf(nested(513), {}).ok());
  EXPECT_FALSE(ShapeOf(std::string(1 << 20, '['), {}).ok());
  EXPECT_TRUE(ShapeOf("[1e400000,9999999999999999999999]", {}).ok()) << "numbers are never read";
}

TEST(Shape, OfManyFieldsTheFirstCount) {
  std::string body = "{";
  for (int i = 5'000; i >= 1'000; --i) {
    absl::StrAppend(&body, body.size() == 1 ? "" : ",", "\"k", i, "\":1");
  }
  const std::vector<std::string> fields = FieldsOf(body + "}");
  ASSERT_EQ(fields.size(), kShapeFieldsMax + 1);
  EXPECT_EQ(fields.front(), " object");
  EXPECT_EQ(fields[1], "/k1000 number");
  EXPECT_EQ(fields[kShapeFieldsMax - 1], "/k2998 number");
  EXPECT_EQ(fields.back(), "…");
  EXPECT_TRUE(std::is_sorted(fields.begin(), fields.end()));

  std::string all = "[";
  for (size_t i = 0; i + 2 < kShapeFieldsMax; ++i) {
    absl::StrAppend(&all, i == 0 ? "{" : ",", "\"", i, "\":1");
  }
  EXPECT_EQ(FieldsOf(all + "}]").size(), kShapeFieldsMax) << "just so many: nothing is cut off";
  EXPECT_THAT(FieldsOf(all + "}]"), testing::Not(testing::Contains("…")));
}

TEST(Shape, LongPointersAreCut) {
  const std::string key(600, 'k');
  EXPECT_THAT(FieldsOf(Concat({"{\"", key, "\":{\"inner\":1},\"a\":2}"})),
              ElementsAre(" object", "/a number", Concat({"/", key.substr(0, 508), "… number"}),
                          Concat({"/", key.substr(0, 508), "… object"})));
  const std::string exact(kShapePointerSizeMax - 1, 'k');
  EXPECT_THAT(FieldsOf(Concat({"{\"", exact, "\":1}"})), ElementsAre(" object", Concat({"/", exact, " number"})));
  std::string umlauts;
  for (int i = 0; i < 300; ++i) {
    umlauts += "ä";
  }
  const std::vector<std::string> fields = FieldsOf(Concat({"{\"", umlauts, "\":1}"}));
  ASSERT_EQ(fields.size(), 2u);
  EXPECT_TRUE(IsUtf8(fields[1]));
  EXPECT_LE(fields[1].size(), kShapePointerSizeMax + std::string_view(" number").size());
}

TEST(Shape, ALargeBodyIsNoWork) {
  std::string body = "[";
  for (int i = 0; i < 250'000; ++i) {
    body += "{},1,";
  }
  EXPECT_THAT(FieldsOf(body + "[]]"), ElementsAre(" array", "/- array", "/- number", "/- object"));
}

TEST(ShapeId, IsOfTheFields) {
  const Shape shape = ShapeOf(R"({"a":1,"b":[]})", {}).value();
  EXPECT_EQ(ShapeId(shape), ShapeId(ShapeOf(R"({"b":[],"a":99})", {}).value()));
  EXPECT_NE(ShapeId(shape), ShapeId(ShapeOf(R"({"b":[],"a":"99"})", {}).value()));
  EXPECT_EQ(ShapeId(shape).size(), 16u);
  EXPECT_EQ(ShapeId(Shape{.fields = {" object"}}), "90751f8d0d97dc50");
}

TEST(DiffFields, SaysWhatWasAddedRemovedAndRetyped) {
  const auto before = FieldsOf(R"({"same":1,"gone":"x","retyped":1,"wider":1,"with space":1})");
  const auto after = FieldsOf(R"({"same":2,"new":[1],"retyped":"1","wider":1,"wider":null,"with space":true})");
  EXPECT_THAT(DiffFields(before, after), ElementsAre(ShapeChange{"/gone", {"string"}, {}},   //
                                                     ShapeChange{"/new", {}, {"array"}},     //
                                                     ShapeChange{"/new/-", {}, {"number"}},  //
                                                     ShapeChange{"/retyped", {"number"}, {"string"}},
                                                     ShapeChange{"/wider", {"number"}, {"null", "number"}},
                                                     ShapeChange{"/with space", {"number"}, {"boolean"}}));
  EXPECT_THAT(DiffFields(after, after), IsEmpty());
  EXPECT_THAT(DiffFields({"…"}, {}), IsEmpty());
}

TEST(UniteFields, AreThoseOfAllShapes) {
  EXPECT_THAT(UniteFields({Shape{.fields = {" object", "/b number"}}, Shape{.fields = {" object", "/a string"}}}),
              ElementsAre(" object", "/a string", "/b number"));
  EXPECT_THAT(UniteFields({}), IsEmpty());
}

}  // namespace
}  // namespace affidavit
