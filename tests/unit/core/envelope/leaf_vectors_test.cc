// The vectors that this code and tests/unit/core/leaf_reader.py are both held to: from posted bytes to leaf, as
// docs/leaf-v1.md says. A vector is only ever added; one that fails means that old leaves would no longer be
// understood.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include "boost/json.hpp"
#include "core/base/encoding.h"
#include "core/envelope/admission.h"
#include "core/envelope/leaf.h"
#include "core/retention/retention.h"

namespace affidavit {
namespace {

namespace json = boost::json;

std::string ReadFile(const std::string& path) {
  std::ifstream file(std::string(AFFIDAVIT_SOURCE_DIR) + "/" + path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string Text(const json::value& value) {
  const json::string& text = value.as_string();
  return {text.data(), text.size()};
}

// A vector's member, else the default that the file gives for all.
class Vector {
 public:
  Vector(const json::object& vector, const json::object& defaults) : vector_(vector), defaults_(defaults) {}

  std::string name() const { return Text(vector_.at("name")); }
  const json::value* Find(std::string_view member) const {
    const json::string_view key(member.data(), member.size());
    const json::value* own = vector_.if_contains(key);
    return own != nullptr ? own : defaults_.if_contains(key);
  }
  std::string Get(std::string_view member) const { return Find(member) == nullptr ? "" : Text(*Find(member)); }
  int Number(std::string_view member) const { return static_cast<int>(Find(member)->as_int64()); }
  std::string Body() const { return Find("body") != nullptr ? Get("body") : Base64Decode(Get("body_base64")).value(); }

 private:
  const json::object& vector_;
  const json::object& defaults_;
};

SignatureEvidence ReadSignature(const json::object& object) {
  SignatureEvidence signature;
  signature.scheme = Text(object.at("scheme"));
  signature.key_id = Text(object.at("key_id"));
  signature.key_fingerprint = HexDecode(Text(object.at("key_fingerprint"))).value();
  for (const json::key_value_pair& header : object.at("headers").as_object()) {
    signature.headers.emplace_back(std::string(header.key().data(), header.key().size()), Text(header.value()));
  }
  return signature;
}

LeafFields FieldsOf(const Vector& vector, const Admission& admission, std::string_view body) {
  LeafFields fields;
  fields.kind = vector.Get("kind") == "conflict" ? EntryKind::kConflict : admission.kind;
  fields.source = vector.Get("source");
  fields.event_id = admission.event_id;
  fields.event_type = admission.event_type;
  fields.schema_version = admission.schema_version;
  fields.channel = admission.channel;
  fields.direction = admission.direction;
  fields.message_id = admission.message_id;
  fields.correlation_id = admission.correlation_id;
  fields.event_time = admission.event_time;
  fields.delivery_time = admission.delivery_time;
  fields.receive_time = ParseRfc3339(vector.Get("receive_time")).value();
  fields.adapter_id = vector.Get("adapter_id");
  fields.payload_sha256 = Sha256(body);
  fields.payload_size = static_cast<int64_t>(body.size());
  fields.signature = ReadSignature(vector.Find("signature")->as_object());
  const bool excluded = fields.kind == EntryKind::kExcluded;
  fields.retention_class = excluded ? "excluded" : "default";
  fields.retain_until = excluded ? AddDays(fields.receive_time, vector.Number("excluded_retention_days"))
                                 : AddYears(fields.receive_time, vector.Number("retention_years"));
  fields.provenance = vector.Get("provenance");
  fields.flags = admission.flags;
  return fields;
}

TEST(LeafVectorsTest, EveryVectorGivesItsLeaf) {
  const json::value file = json::parse(ReadFile("tests/unit/core/testdata/leaf_vectors.json"));
  const json::object& defaults = file.at("defaults").as_object();
  const json::array& vectors = file.at("vectors").as_array();
  EXPECT_GE(vectors.size(), 50U);
  for (const json::value& value : vectors) {
    const Vector vector(value.as_object(), defaults);
    const std::string body = vector.Body();
    const Admission admission = Admit(BuiltinProfile(vector.Get("profile")).value(), body);
    const std::string leaf = EncodeLeaf(FieldsOf(vector, admission, body)).value();
    EXPECT_EQ(leaf, vector.Get("leaf")) << vector.name();
    EXPECT_EQ(HexEncode(AsBytes(LeafHash(leaf))), vector.Get("leaf_hash")) << vector.name();
    EXPECT_EQ(admission.jsonb_error, vector.Get("jsonb_error")) << vector.name();
    EXPECT_TRUE(DecodeLeaf(leaf).ok()) << vector.name();
  }
}

TEST(LeafVectorsTest, TheWorkedExampleIsTheFirstVector) {
  const std::string page = ReadFile("docs/leaf-v1.md");
  const json::value file = json::parse(ReadFile("tests/unit/core/testdata/leaf_vectors.json"));
  const json::object& first = file.at("vectors").at(0).as_object();
  EXPECT_NE(page.find("\n" + Text(first.at("body")) + "\n"), std::string::npos);
  EXPECT_NE(page.find("\n" + Text(first.at("leaf")) + "\n"), std::string::npos);
  EXPECT_NE(page.find("`" + Text(first.at("leaf_hash")) + "`"), std::string::npos);
}

}  // namespace
}  // namespace affidavit
