#include "services/schema/compiled_schema.h"

#include <chrono>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/text.h"
#include "core/schema/registration.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace affidavit::schema {
namespace {

using testing::HasSubstr;

std::unique_ptr<CompiledSchema> Compiled(std::string_view schema) {
  auto compiled = CompiledSchema::Compile(schema);
  EXPECT_TRUE(compiled.ok()) << compiled.status();
  return compiled.ok() ? *std::move(compiled) : nullptr;
}

// "POINTER: REASON"; "valid".
std::string Verdict(std::string_view schema, std::string_view body) {
  const auto drift = Compiled(schema)->Validate(body);
  return drift ? Concat({drift->pointer, ": ", drift->reason}) : "valid";
}

std::string Refusal(std::string_view schema) {
  const auto compiled = CompiledSchema::Compile(schema);
  if (compiled.ok()) {
    return "taken";
  }
  EXPECT_EQ(compiled.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_LE(compiled.status().message().size(), 512u);
  return std::string(compiled.status().message().data(), compiled.status().message().size());
}

std::string Nested(std::string_view open, std::string_view inner, std::string_view close, int depth) {
  std::string text;
  for (int i = 0; i < depth; ++i) {
    text.append(open);
  }
  text.append(inner);
  for (int i = 0; i < depth; ++i) {
    text.append(close);
  }
  return text;
}

TEST(CompiledSchema, SaysWhereAndHowAPayloadDrifts) {
  const struct {
    std::string_view schema, body, verdict;
  } rows[] = {
      {R"({"type":"string"})", "1", ": type: expected string"},
      {R"({"type":["string","null"]})", "1", ": type: expected null or string"},
      {R"({"properties":{"a":{"items":{"type":"integer"}}}})", R"({"a":[1,2.0,"x"]})", "/a/2: type: expected integer"},
      {R"({"required":["a","b"]})", R"({"a":1})", ": required property missing: b"},
      {R"({"properties":{"a/b":{"required":["~"]}}})", R"({"a/b":{}})", "/a~1b: required property missing: ~"},
      {R"({"properties":{"a":{}},"additionalProperties":false})", R"({"a":1,"extra":2})", "/extra: must not be there"},
      {R"({"additionalProperties":{"type":"null"}})", R"({"x":1})", "/x: type: expected null"},
      {R"({"patternProperties":{"^n":{"type":"number"}}})", R"({"n1":1,"m":"x","n2":"secret"})",
       "/n2: type: expected number"},
      {R"({"propertyNames":{"maxLength":3}})", R"({"abc":1,"abcd":1})", ": propertyNames: a name is not as it must be"},
      {R"({"enum":["a",{"b":[1]}]})", R"({"b":[1.0]})", "valid"},
      {R"({"enum":["a"]})", R"("secret")", ": enum: none of the values"},
      {R"({"const":1})", "2", ": const: another value"},
      {R"({"pattern":"^a+$"})", R"("ab")", ": pattern: does not match"},
      {R"({"maximum":5})", "6", ": maximum: 5"},
      {R"({"exclusiveMinimum":5})", "5", ": exclusiveMinimum: 5"},
      {R"({"$schema":"http://json-schema.org/draft-04/schema#","minimum":5,"exclusiveMinimum":true})", "5",
       ": exclusiveMinimum: 5"},
      {R"({"$schema":"http://json-schema.org/draft-04/schema","minimum":5,"exclusiveMinimum":false})", "5", "valid"},
      {R"({"multipleOf":0.01})", "19.99", "valid"},
      {R"({"multipleOf":2})", "3", ": multipleOf: 2"},
      {R"({"multipleOf":2})", "2.5", ": multipleOf: 2"},
      {R"({"maxLength":2})", R"("äöü")", ": maxLength: 2"},
      {R"({"minItems":1})", "[]", ": minItems: 1"},
      {R"({"uniqueItems":true})", R"([{"a":1,"b":2},{"b":2,"a":1.0}])", ": uniqueItems: one is there twice"},
      {R"({"uniqueItems":true})", R"([1,"1",true,null,[1],["1"],{"a":1},0.5])", "valid"},
      {R"({"items":[{"type":"number"}],"additionalItems":false})", "[1,2]", "/1: must not be there"},
      {R"({"contains":{"type":"null"}})", "[1]", ": contains: no element is as it must be"},
      {R"({"not":{"type":"null"}})", "null", ": not: is what it must not be"},
      {R"({"dependencies":{"a":["b"]}})", R"({"a":1})", ": dependencies: a property lacks another"},
      {R"({"dependencies":{"a":{"required":["c"]}}})", R"({"a":1})", ": required property missing: c"},
      {R"({"if":{"required":["a"]},"then":{"required":["b"]}})", R"({"a":1})", ": required property missing: b"},
      {R"({"if":{"required":["a"]},"else":{"required":["b"]}})", R"({})", ": required property missing: b"},
      {R"({"allOf":[{},{"properties":{"a":{"type":"null"}}}]})", R"({"a":1})", "/a: type: expected null"},
      {R"({"anyOf":[{"properties":{"a":{"type":"null"}}},{"type":"null"}]})", R"({"a":1})",
       ": anyOf: none of the schemas holds"},
      {R"({"oneOf":[{},{}]})", "1", ": oneOf: not exactly one of the schemas holds"},
      {"false", "1", ": must not be there"},
      {"true", "1", "valid"},
      {"{}", "1", "valid"},
      {R"({"format":"date"})", R"("no date")", "valid"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(Verdict(row.schema, row.body), row.verdict) << row.schema << " " << row.body;
  }
}

TEST(CompiledSchema, WhatIsNoJsonDrifts) {
  for (const std::string_view body : {"", "{", "\xFF", "1 2", "{\"a\":1,}"}) {
    EXPECT_THAT(Verdict("{}", body), testing::StartsWith(": not JSON")) << body;
  }
  EXPECT_EQ(Verdict("{}", Nested("[", "", "]", 512)), "valid");
  EXPECT_EQ(Verdict("{}", Nested("[", "", "]", 513)), ": deeper than 512 objects and arrays");
  EXPECT_EQ(Verdict("{}", std::string(1 << 20, '[')), ": deeper than 512 objects and arrays");
}

TEST(CompiledSchema, NumbersOfAnySizeAreNumbers) {
  for (const std::string_view number :
       {"1e400000", "-1e400", "1e-400000", "18446744073709551615", "9223372036854775808", "-0.0", "1E308"}) {
    EXPECT_THAT(Verdict(R"({"type":"number","minimum":-1e308,"multipleOf":0.5,"enum":[1,1e400]})", number),
                testing::Not(HasSubstr("type")))
        << number;
    EXPECT_EQ(Verdict(R"({"type":"number"})", number), "valid") << number;
  }
  EXPECT_EQ(Verdict(R"({"type":"integer","maximum":5})", "18446744073709551615"), ": maximum: 5");
  EXPECT_EQ(Verdict(R"({"type":"integer"})", std::string(300'000, '9')), "valid");
  EXPECT_EQ(Verdict(R"({"multipleOf":9223372036854775807})", "-9223372036854775808"),
            ": multipleOf: 9223372036854775807");
}

TEST(CompiledSchema, TextOfAnyKindIsText) {
  EXPECT_EQ(Verdict(R"({"properties":{"a":{"type":"null"}}})", R"({"\ud800":1,"\u0000":2,"a":null})"), "valid");
  EXPECT_EQ(Verdict(R"({"const":"a\u0000b"})", R"("a\u0000b")"), "valid");
  EXPECT_EQ(Verdict(R"({"const":"a\u0000b"})", R"("a")"), ": const: another value");
  EXPECT_EQ(Verdict(R"({"pattern":"^\\u00e4\\d$"})", "\"ä1\""), "valid");
  EXPECT_EQ(Verdict(R"({"type":"string"})", R"({"a":1,"a":2})"), ": type: expected string");
}

TEST(CompiledSchema, RecursiveSchemasFollowThePayload) {
  const std::string_view tree =
      R"({"type":"object","properties":{"next":{"$ref":"#"},"all":{"items":{"$ref":"#/definitions/n%25"}}},)"
      R"("definitions":{"n%":{"allOf":[{"$ref":"#"},{"required":["name"]}]}}})";
  EXPECT_EQ(Verdict(tree, R"({"next":{"next":{"next":{}}}})"), "valid");
  EXPECT_EQ(Verdict(tree, R"({"next":{"all":[{"name":1},{"name":1,"next":{"next":7}}]}})"),
            "/next/all/1/next/next: type: expected object");
  EXPECT_EQ(Verdict(tree, R"({"all":[{}]})"), "/all/0: required property missing: name");
  EXPECT_EQ(Verdict(R"({"items":{"$ref":"#"}})", Nested("[", "", "]", 512)), "valid");
  EXPECT_EQ(
      Verdict(R"({"$ref":"#/definitions/a","definitions":{"a":{"$ref":"#/definitions/b"},"b":{"type":"null"}}})", "1"),
      ": type: expected null");
  EXPECT_EQ(Verdict(R"({"properties":{"$ref":{"type":"null"}}})", R"({"$ref":1})"), "/$ref: type: expected null");
}

TEST(CompiledSchema, RefusesWhatIsNoSchema) {
  const struct {
    std::string_view schema, why;
  } rows[] = {
      {"", "not JSON"},
      {"{\"a\":}", "not JSON"},
      {"\xFF", "not JSON"},
      {"1", ": must be an object, true or false"},
      {"[]", ": must be an object, true or false"},
      {R"({"$schema":"https://json-schema.org/draft/2020-12/schema"})", "draft 4, 6 or 7"},
      {R"({"$schema":"http://json-schema.org/draft-03/schema#"})", "draft 4, 6 or 7"},
      {R"({"$schema":7})", "draft 4, 6 or 7"},
      {R"({"$schema":"http://json-schema.org/draft-04/schema#","items":true})", "/items: must be an object"},
      {R"({"type":"any"})", "/type: must name JSON types"},
      {R"({"type":[]})", "/type: must name JSON types"},
      {R"({"properties":{"a":{"minLength":-1}}})", "/properties/a/minLength: must be a whole number"},
      {R"({"minLength":"1"})", "/minLength: must be a whole number"},
      {R"({"multipleOf":0})", "/multipleOf: must be a number above 0"},
      {R"({"exclusiveMaximum":true})", "/exclusiveMaximum: must be a number"},
      {R"({"anyOf":[]})", "/anyOf: must be an array of schemas"},
      {R"({"allOf":{}})", "/allOf: must be an array of schemas"},
      {R"({"allOf":[1]})", "/allOf/0: must be an object"},
      {R"({"required":[1]})", "/required: must be an array of names"},
      {R"({"dependencies":{"a":[1]}})", "/dependencies: must be"},
      {R"({"properties":[]})", "/properties: must be an object of schemas"},
      {R"({"uniqueItems":1})", "/uniqueItems: must be true or false"},
  };
  for (const auto& row : rows) {
    EXPECT_THAT(Refusal(row.schema), HasSubstr(row.why)) << row.schema;
  }
}

TEST(CompiledSchema, FollowsNoReferenceOutOfTheDocument) {
  for (const std::string_view reference : {"http://json-schema.org/draft-07/schema#", "other.json",
                                           "other.json#/definitions/a", "", "urn:a", "file:///etc/passwd"}) {
    EXPECT_THAT(Refusal(Concat({R"({"properties":{"a":{"$ref":")", reference, R"("}}})"})),
                HasSubstr("/properties/a/$ref: must be \"#\" and a JSON pointer"))
        << reference;
  }
  EXPECT_THAT(Refusal(R"({"items":{"$ref":1}})"), HasSubstr("/items/$ref: must be"));
  for (const std::string_view nowhere : {"#/definitions/a", "#name", "#/items/0", "#/%FF", "#//", "#/~2"}) {
    EXPECT_THAT(Refusal(Concat({R"({"items":{"$ref":")", nowhere, R"("}})"})), HasSubstr("/items/$ref: leads nowhere"))
        << nowhere;
  }
}

TEST(CompiledSchema, RefusesRecursionThatNeverEnds) {
  for (const std::string_view schema :
       {R"({"$ref":"#"})", R"({"items":{"$ref":"#/items"}})",
        R"({"not":{"$ref":"#/definitions/a"},"definitions":{"a":{"$ref":"#/definitions/b"},"b":{"$ref":"#/not"}}})",
        R"({"allOf":[{"$ref":"#"}]})", R"({"not":{"anyOf":[{"$ref":"#"}]}})", R"({"if":{"$ref":"#"}})",
        R"({"dependencies":{"a":{"$ref":"#"}}})",
        R"({"items":{"oneOf":[{"$ref":"#/definitions/a"}]},"definitions":{"a":{"allOf":[{"$ref":"#/items"}]}}})"}) {
    EXPECT_THAT(Refusal(schema), HasSubstr("without end")) << schema;
  }
}

TEST(CompiledSchema, RefusesPatternsThatRe2HasNot) {
  for (const std::string_view pattern :
       {"(?=a)", "(?!a)", R"((a)\\1)", "(", "[", "*", R"(\\)", "a{1001}", "((((a{100}){100}){100}){100})"}) {
    EXPECT_THAT(Refusal(Concat({R"({"properties":{"a":{"pattern":")", pattern, R"("}}})"})),
                HasSubstr("/properties/a/pattern: a pattern "))
        << pattern;
    EXPECT_THAT(Refusal(Concat({R"({"patternProperties":{")", pattern, R"(":{}}})"})),
                HasSubstr("/patternProperties: "))
        << pattern;
  }
  EXPECT_THAT(Refusal(Concat({R"({"pattern":")", std::string(1025, 'a'), R"("})"})), HasSubstr("longer than 1024"));
  std::string many = "{\"allOf\":[{}";
  for (int i = 0; i < 257; ++i) {
    absl::StrAppend(&many, ",{\"pattern\":\"a\"}");
  }
  EXPECT_THAT(Refusal(many + "]}"), HasSubstr("more than 256 patterns"));
}

TEST(CompiledSchema, RefusesWhatIsTooDeepOrTooLarge) {
  EXPECT_EQ(Refusal(Nested("{\"not\":", "{}", "}", 63)), "taken");
  EXPECT_THAT(Refusal(Nested("{\"not\":", "{}", "}", 64)), HasSubstr("deeper than 64"));
  EXPECT_THAT(Refusal(Nested("{\"not\":", "{}", "}", 30'000)), HasSubstr("deeper than 64"));
  EXPECT_THAT(Refusal(Concat({R"({"title":")", std::string(kSchemaSizeMax, 'x'), "\"}"})),
              HasSubstr("larger than 256 KiB"));
  // Not deep in itself, but a chain of references as long as fits.
  std::string chain = R"({"$ref":"#/definitions/0","definitions":{)";
  for (int i = 0; i < 5'000; ++i) {
    absl::StrAppend(&chain, "\"", i, "\":{\"allOf\":[{\"$ref\":\"#/definitions/", i + 1, "\"}]},");
  }
  EXPECT_THAT(Refusal(chain + "\"5000\":{}}}"), HasSubstr("too deep"));
}

// std::regex crashes at the first, and takes longer than the universe for the second.
TEST(CompiledSchema, PatternsTakeLinearTime) {
  EXPECT_EQ(Verdict(R"({"pattern":"^[a-z]*$"})", Concat({"\"", std::string(1 << 20, 'a'), "\""})), "valid");
  EXPECT_EQ(Verdict(R"({"pattern":"^(a+)+$"})", Concat({"\"", std::string(1 << 20, 'a'), "!\""})),
            ": pattern: does not match");
  EXPECT_EQ(Verdict(R"({"patternProperties":{"^(a+)+$":false}})", Concat({"{\"", std::string(1 << 19, 'a'), "!\":1}"})),
            "valid");
  EXPECT_EQ(Verdict(R"({"propertyNames":{"pattern":"^(a+)+$"}})", Concat({"{\"", std::string(1 << 19, 'a'), "!\":1}"})),
            ": propertyNames: a name is not as it must be");
}

TEST(CompiledSchema, WorkIsBounded) {
  const std::string_view too_much = ": to hold it against its schema is more work than we do for one payload";
  // Each subschema asks twice for the next: two to the power of 40.
  std::string doubling = R"({"$ref":"#/definitions/0","definitions":{)";
  for (int i = 0; i < 40; ++i) {
    absl::StrAppend(&doubling, "\"", i, "\":{\"allOf\":[{\"$ref\":\"#/definitions/", i + 1,
                    "\"},{\"$ref\":\"#/definitions/", i + 1, "\"}]},");
  }
  EXPECT_EQ(Verdict(doubling + "\"40\":{}}}", "1"), too_much);
  std::string distinct = "[0";
  for (int i = 1; i < 130'000; ++i) {
    absl::StrAppend(&distinct, ",", i);
  }
  distinct += "]";
  EXPECT_EQ(Verdict(R"({"uniqueItems":true})", distinct), "valid") << "not each with each";
  std::string values = "{\"items\":{\"enum\":[-1";
  for (int i = 1; i < 30'000; ++i) {
    absl::StrAppend(&values, ",\"v", i, "\"");
  }
  EXPECT_EQ(Verdict(values + ",1]}}", Nested("[1", "", ",1]", 1)), "valid");
  EXPECT_EQ(Verdict(values + "]}}", distinct), "/0: enum: none of the values");
}

TEST(CompiledSchema, ALargePayloadOfPlainShapeIsHeldAgainstItsSchema) {
  std::string body = "[";
  while (body.size() < (1 << 20) - 100) {
    body += R"({"id":"abc-1","n":12,"tags":["x","y"]},)";
  }
  body += R"({"id":"abc-1","n":"12","tags":[]}])";
  EXPECT_THAT(
      Verdict(R"({"type":"array","items":{"type":"object","required":["id","n"],"properties":{)"
              R"("id":{"type":"string","pattern":"^abc-\\d$"},"n":{"type":"integer"},)"
              R"("tags":{"type":"array","items":{"type":"string","maxLength":5}}},"additionalProperties":false}})",
              body),
      testing::EndsWith("/n: type: expected integer"));
}

TEST(CompiledSchema, TextsOfADriftAreCut) {
  const std::string key(1000, 'k');
  const auto drift = Compiled(Concat({R"({"additionalProperties":{"required":[")", key, R"("]}})"}))
                         ->Validate(Concat({"{\"", key, "\":{}}"}));
  ASSERT_TRUE(drift);
  EXPECT_EQ(drift->pointer.size(), 256u);
  EXPECT_EQ(drift->reason.size(), 256u);
  EXPECT_TRUE(drift->pointer.ends_with("…") && drift->reason.ends_with("…"));
  EXPECT_TRUE(IsUtf8(drift->pointer));
}

TEST(CompiledSchema, MayBeAskedByManyThreadsAndAnswersTheSame) {
  const auto schema = Compiled(R"({"properties":{"a":{"pattern":"^a$"},"b":{"enum":[1]}}})");
  std::vector<std::thread> threads;
  std::vector<std::optional<Drift>> drifts(4);
  for (size_t i = 0; i < drifts.size(); ++i) {
    threads.emplace_back([&schema, &drift = drifts[i]] {
      for (int round = 0; round < 200; ++round) {
        drift = schema->Validate(R"({"b":2,"a":"b"})");
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  for (const auto& drift : drifts) {
    EXPECT_EQ(drift, (Drift{"/a", "pattern: does not match"}));
  }
}

}  // namespace
}  // namespace affidavit::schema
