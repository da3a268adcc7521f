#include "core/schema/registration.h"

#include "core/base/text.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace affidavit {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

SchemaRegistration Sample() {
  return {.source = "genesys",
          .event_type = "message:delivery",
          .schema_version = "v2",
          .schema = R"({"type":"object","properties":{"n":{"multipleOf":0.010}}})",
          .actor = "Ada Öz"};
}

std::vector<std::string> FieldsOf(const SchemaRegistration& registration) {
  std::vector<std::string> fields;
  for (const ActFault& fault : FindRegistrationFaults(registration)) {
    fields.push_back(fault.field);
  }
  return fields;
}

TEST(Registration, IsCanonicalJsonThatReadsBack) {
  const SchemaRegistration sample = Sample();
  EXPECT_THAT(FindRegistrationFaults(sample), IsEmpty());
  const GovernanceRecord record = EncodeRegistration(sample, 1);
  EXPECT_EQ(record.event_type, "schema:register");
  EXPECT_EQ(record.payload,
            R"({"act":"schema:register","actor":"Ada Öz","event_type":"message:delivery",)"
            R"("schema":{"properties":{"n":{"multipleOf":0.01}},"type":"object"},"schema_version":"v2",)"
            R"("source":"genesys","v":1})");
  SchemaRegistration canonical = sample;
  canonical.schema = R"({"properties":{"n":{"multipleOf":0.01}},"type":"object"})";
  EXPECT_EQ(DecodeRegistration(record.payload).value(), canonical);
  EXPECT_EQ(EncodeRegistration(canonical, 1).payload, record.payload);
}

TEST(Registration, MayBeOfPayloadsThatNameNoVersion) {
  SchemaRegistration sample = Sample();
  sample.schema_version.clear();
  sample.schema = "true";
  EXPECT_THAT(FindRegistrationFaults(sample), IsEmpty());
  const GovernanceRecord record = EncodeRegistration(sample, 1);
  EXPECT_EQ(record.payload.find("schema_version"), std::string::npos);
  EXPECT_EQ(DecodeRegistration(record.payload).value(), sample);
}

TEST(Registration, TheIdIsOfWhatTheSchemaSays) {
  EXPECT_EQ(SchemaIdOf("{}"), "44136fa355b3678a") << "the SHA-256 of {}";
  EXPECT_EQ(SchemaIdOf(R"( {"b":1.0, "a":"\u0061"} )"), SchemaIdOf(R"({"a":"a","b":1})"));
  EXPECT_NE(SchemaIdOf(R"({"a":"a"})"), SchemaIdOf(R"({"a":"b"})"));
}

TEST(Registration, HasAKeyOfTheNamesAndOfItsNumber) {
  const std::string prefix = RegistrationKeyPrefix(Sample());
  EXPECT_TRUE(prefix.starts_with("schema:register:")) << prefix;
  EXPECT_EQ(EncodeRegistration(Sample(), 1).idempotency_key, prefix + "00000001");
  EXPECT_EQ(EncodeRegistration(Sample(), 1'234).idempotency_key, prefix + "00001234") << "in the order of the numbers";
  EXPECT_EQ(EncodeRegistration(Sample(), 7).payload, EncodeRegistration(Sample(), 1).payload);
  SchemaRegistration same = Sample();
  same.actor = "bob";
  same.schema = "{}";
  EXPECT_EQ(RegistrationKeyPrefix(same), prefix) << "of two that would be the next, one is";
  const auto differs = [&](void (*change)(SchemaRegistration&)) {
    SchemaRegistration other = Sample();
    change(other);
    EXPECT_NE(RegistrationKeyPrefix(other), prefix);
  };
  differs([](SchemaRegistration& other) { other.source = "x"; });
  differs([](SchemaRegistration& other) { other.event_type = "x"; });
  differs([](SchemaRegistration& other) { other.schema_version = ""; });
}

TEST(Registration, OnlyTheCanonicalFormIsRead) {
  const std::string payload = EncodeRegistration(Sample(), 1).payload;
  const std::string null_schema =
      EncodeRegistration({.source = "s", .event_type = "t", .schema = "{", .actor = "a"}, 1).payload;
  for (const std::string& other :
       {std::string(), std::string("{}"), std::string("[]"), std::string("not JSON"), std::string("\xFF"),
        " " + payload, payload + "x", Concat({payload.substr(0, payload.size() - 1), R"(,"w":1})"}), null_schema,
        std::string(R"({"act":"schema:register","actor":"a","event_type":"t","schema":{},"source":"s","v":2})"),
        std::string(R"({"act":"schema:other","actor":"a","event_type":"t","schema":{},"source":"s","v":1})"),
        std::string(R"({"act":"schema:register","actor":1,"event_type":"t","schema":{},"source":"s","v":1})"),
        std::string(R"({"act":"schema:register","actor":"a","event_type":"t","schema":{"a":1.0},"source":"s","v":1})"),
        std::string(R"({"act":"schema:register","actor":"a","event_type":"t","source":"s","v":1})")}) {
    EXPECT_EQ(DecodeRegistration(other).status().code(), absl::StatusCode::kInvalidArgument) << other;
  }
  EXPECT_TRUE(
      DecodeRegistration(R"({"act":"schema:register","actor":"a","event_type":"t","schema":{},"source":"s","v":1})")
          .ok());
}

TEST(Registration, AllFaultsAreToldAtOnce) {
  EXPECT_THAT(FieldsOf({}), ElementsAre("source", "event_type", "schema", "actor"));
  EXPECT_THAT(FieldsOf({.source = "a\n",
                        .event_type = std::string(257, 'x'),
                        .schema_version = "\xFF",
                        .schema = "[]",
                        .actor = "\x7F"}),
              ElementsAre("source", "event_type", "schema_version", "schema", "actor"));
}

TEST(Registration, ASchemaIsADocumentOfBoundedSizeAndDepth) {
  const auto faults_of = [](std::string schema) {
    SchemaRegistration registration = Sample();
    registration.schema = std::move(schema);
    return FieldsOf(registration);
  };
  const std::string deepest = std::string(kSchemaDepthMax - 1, '[') + std::string(kSchemaDepthMax - 1, ']');
  EXPECT_THAT(faults_of(Concat({"{\"a\":", deepest, "}"})), IsEmpty());
  EXPECT_THAT(faults_of(Concat({"{\"a\":[", deepest, "]}"})), ElementsAre("schema"));
  EXPECT_THAT(faults_of(Concat({"{\"a\":\"", std::string(kSchemaSizeMax - 8, 'x'), "\"}"})), IsEmpty());
  EXPECT_THAT(faults_of(Concat({"{\"a\":\"", std::string(kSchemaSizeMax - 7, 'x'), "\"}"})), ElementsAre("schema"));
  std::string longer = "{\"a\":[1";  // than the limit, once its numbers are written out
  for (int i = 0; i < 40'000; ++i) {
    longer += ",1e20";
  }
  EXPECT_THAT(faults_of(longer + "]}"), ElementsAre("schema"));
  for (const std::string_view schema : {"", "1", "null", "\"a\"", "{\"a\":1e999}", "{\"a\":1,\"a\":1}"}) {
    EXPECT_THAT(faults_of(std::string(schema)), ElementsAre("schema")) << schema;
  }
}

TEST(Registration, ADeepestSchemaReadsBack) {
  SchemaRegistration registration = Sample();
  registration.schema =
      Concat({"{\"a\":", std::string(kSchemaDepthMax - 1, '['), std::string(kSchemaDepthMax - 1, ']'), "}"});
  EXPECT_EQ(DecodeRegistration(EncodeRegistration(registration, 1).payload).value(), registration);
}

}  // namespace
}  // namespace affidavit
