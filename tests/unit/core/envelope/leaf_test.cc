#include "core/envelope/leaf.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <string_view>

#include "core/base/encoding.h"

namespace affidavit {
namespace {

LeafFields Full() {
  LeafFields fields;
  fields.kind = EntryKind::kEnvelope;
  fields.source = "default";
  fields.event_id = "evt-0001";
  fields.event_type = "message:delivery";
  fields.schema_version = "1.0";
  fields.channel = "SMS";
  fields.direction = "outbound";
  fields.message_id = "msg-0001";
  fields.correlation_id = "case-42";
  fields.event_time = ParseRfc3339("2026-11-24T03:47:34.123Z");
  fields.delivery_time = ParseRfc3339("2026-11-24T03:47:35Z");
  fields.receive_time = *ParseRfc3339("2026-11-24T03:47:36.654321Z");
  fields.adapter_id = "adapter-1";
  fields.payload_sha256 = Sha256("body");
  fields.payload_size = 4;
  fields.signature =
      SignatureEvidence{"hmac-sha256-hex", "key-1", *HexDecode("0123456789abcdef"), {{"x-genesys-signature", "00ff"}}};
  fields.retention_class = "default";
  fields.retain_until = *ParseRfc3339("2033-11-24T03:47:36.654321Z");
  fields.provenance = "webhook";
  fields.flags = {"correlation_id_unreadable", "unclassified"};
  return fields;
}

LeafFields Bare() {
  LeafFields fields;
  fields.kind = EntryKind::kHeartbeat;
  fields.source = "affidavit";
  fields.retention_class = "default";
  fields.provenance = "affidavit";
  return fields;
}

TEST(LeafTest, HasExactlyTheseBytes) {
  EXPECT_EQ(*EncodeLeaf(Full()),
            R"({"adapter_id":"adapter-1","channel":"SMS","correlation_id":"case-42",)"
            R"("delivery_time":"2026-11-24T03:47:35.000000Z","direction":"outbound","event_id":"evt-0001",)"
            R"("event_time":"2026-11-24T03:47:34.123000Z","event_type":"message:delivery",)"
            R"("flags":["correlation_id_unreadable","unclassified"],"kind":"envelope","message_id":"msg-0001",)"
            R"("payload_digest_alg":"sha256",)"
            R"("payload_sha256":"230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5","payload_size":4,)"
            R"("provenance":"webhook","receive_time":"2026-11-24T03:47:36.654321Z",)"
            R"("retain_until":"2033-11-24T03:47:36.654321Z","retention_class":"default","schema_version":"1.0",)"
            R"("signature":{"headers":{"x-genesys-signature":"00ff"},"key_fingerprint":"0123456789abcdef",)"
            R"("key_id":"key-1","scheme":"hmac-sha256-hex"},"source":"default","v":1})");
}

TEST(LeafTest, LeavesOutWhatIsAbsent) {
  EXPECT_EQ(*EncodeLeaf(Bare()),
            R"({"kind":"heartbeat","payload_digest_alg":"sha256",)"
            R"("payload_sha256":"0000000000000000000000000000000000000000000000000000000000000000","payload_size":0,)"
            R"("provenance":"affidavit","receive_time":"1970-01-01T00:00:00.000000Z",)"
            R"("retain_until":"1970-01-01T00:00:00.000000Z","retention_class":"default","source":"affidavit","v":1})");
}

TEST(LeafTest, ComesBack) {
  LeafFields odd = Full();
  odd.event_id = "quote \" backslash \\ slash / euro \xE2\x82\xAC emoji \xF0\x9F\x98\x80";
  odd.signature->headers = {{"webhook-id", "msg_1"}, {"webhook-signature", "v1,a v1,b"}, {"webhook-timestamp", ""}};
  LeafFields unsigned_leaf = Full();
  unsigned_leaf.signature.reset();
  LeafFields no_headers = Full();
  no_headers.signature->headers.clear();
  LeafFields large = Full();
  large.payload_size = (int64_t{1} << 53) - 1;
  for (const LeafFields& fields : {Full(), Bare(), odd, unsigned_leaf, no_headers, large}) {
    const std::string leaf = *EncodeLeaf(fields);
    const auto decoded = DecodeLeaf(leaf);
    ASSERT_TRUE(decoded.ok()) << leaf;
    EXPECT_EQ(*decoded, fields);
    EXPECT_EQ(*EncodeLeaf(*decoded), leaf);
  }
}

TEST(LeafTest, SortsHeadersByName) {
  LeafFields fields = Full();
  fields.signature->headers = {{"webhook-timestamp", "1"}, {"webhook-id", "2"}, {"webhook-signature", "3"}};
  EXPECT_NE(EncodeLeaf(fields)->find(R"("headers":{"webhook-id":"2","webhook-signature":"3","webhook-timestamp":"1"})"),
            std::string::npos);
}

TEST(LeafTest, HashIsRfc6962s) {
  EXPECT_EQ(HexEncode(AsBytes(LeafHash(""))), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
  EXPECT_EQ(LeafHash("leaf"), Sha256(std::string_view("\0leaf", 5)));
}

TEST(LeafTest, RefusesFieldsThatCannotBeWritten) {
  const std::pair<std::string_view, std::function<void(LeafFields&)>> kCases[] = {
      {"source", [](LeafFields& f) { f.source.clear(); }},
      {"retention_class", [](LeafFields& f) { f.retention_class.clear(); }},
      {"provenance", [](LeafFields& f) { f.provenance.clear(); }},
      {"event_id", [](LeafFields& f) { f.event_id = "\xFF"; }},
      {"channel", [](LeafFields& f) { f.channel = "\xED\xA0\x80"; }},
      {"payload_size", [](LeafFields& f) { f.payload_size = -1; }},
      {"payload_size", [](LeafFields& f) { f.payload_size = int64_t{1} << 53; }},
      {"event_time",
       [](LeafFields& f) { f.event_time = *ParseRfc3339("0001-01-01T00:00:00Z") - std::chrono::hours{1}; }},
      {"retain_until",
       [](LeafFields& f) { f.retain_until = *ParseRfc3339("9999-12-31T23:59:59Z") + std::chrono::hours{1}; }},
      {"flags",
       [](LeafFields& f) {
         f.flags = {"b", "a"};
       }},
      {"flags",
       [](LeafFields& f) {
         f.flags = {"a", "a"};
       }},
      {"flags", [](LeafFields& f) { f.flags = {""}; }},
      {"signature.key_fingerprint", [](LeafFields& f) { f.signature->key_fingerprint = "1234567"; }},
      {"key_id", [](LeafFields& f) { f.signature->key_id.clear(); }},
      {"scheme", [](LeafFields& f) { f.signature->scheme.clear(); }},
      {"signature.headers",
       [](LeafFields& f) {
         f.signature->headers = {{"a", "1"}, {"b", "2"}, {"a", "3"}};
       }},
      {"x-s",
       [](LeafFields& f) {
         f.signature->headers = {{"x-s", "\x80"}};
       }},
  };
  for (const auto& [member, spoil] : kCases) {
    LeafFields fields = Full();
    spoil(fields);
    const auto leaf = EncodeLeaf(fields);
    EXPECT_EQ(leaf.status().code(), absl::StatusCode::kInvalidArgument) << member;
    EXPECT_NE(std::string(leaf.status().message()).find(std::string(member) + " "), std::string::npos)
        << leaf.status().ToString();
  }
}

TEST(LeafTest, IsAtMost65535Bytes) {
  LeafFields fields = Full();
  fields.signature->headers = {{"x", ""}};
  const size_t rest = EncodeLeaf(fields)->size();
  fields.signature->headers = {{"x", std::string(kLeafSizeMax - rest, 'a')}};
  ASSERT_TRUE(EncodeLeaf(fields).ok());
  EXPECT_EQ(EncodeLeaf(fields)->size(), 65'535U);
  EXPECT_EQ(*DecodeLeaf(*EncodeLeaf(fields)), fields);
  fields.signature->headers[0].second.push_back('a');
  EXPECT_EQ(EncodeLeaf(fields).status().code(), absl::StatusCode::kInvalidArgument);
}

std::string Replaced(std::string text, std::string_view from, std::string_view to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(LeafTest, DecodesNothingButTheOneForm) {
  const std::string leaf = *EncodeLeaf(Full());
  ASSERT_TRUE(DecodeLeaf(leaf).ok());
  const std::pair<std::string_view, std::string_view> kChanges[] = {
      {"{\"adapter_id\"", "{ \"adapter_id\""},               // white space
      {"\"v\":1}", "\"v\":1}\n"},                            // after the end
      {"\"v\":1", "\"v\":2"},                                // another version
      {"\"v\":1", "\"v\":1.0"},                              // another number form
      {"\"v\":1", "\"v\":1,\"w\":1"},                        // a member we do not know
      {"\"v\":1", "\"v\":1,\"v\":1"},                        // one twice
      {",\"v\":1", ""},                                      // none
      {"\"source\":\"default\",", ""},                       // a required one missing
      {"\"source\":\"default\"", "\"source\":\"\""},         // empty
      {"\"source\":\"default\"", "\"source\":null"},         // of another type
      {"\"kind\":\"envelope\"", "\"kind\":\"envelopes\""},   // no such kind
      {"\"channel\":\"SMS\"", "\"channel\":\"\\u0053MS\""},  // another escape
      {"\"payload_digest_alg\":\"sha256\"", "\"payload_digest_alg\":\"sha1\""},
      {"\"payload_size\":4", "\"payload_size\":4.0"},
      {"\"payload_size\":4", "\"payload_size\":\"4\""},
      {"\"payload_size\":4", "\"payload_size\":-0"},
      {"230d8358dc", "230D8358DC"},  // upper-case hex
      {"230d8358dc", "230d8358d"},   // a digit less
      {"\"0123456789abcdef\"", "\"0123456789abcd\""},
      {"34.123000Z", "34.123Z"},  // fewer digits
      {"34.123000Z", "34.123000+00:00"},
      {"[\"correlation_id_unreadable\",\"unclassified\"]", "[\"unclassified\",\"correlation_id_unreadable\"]"},
      {"[\"correlation_id_unreadable\",\"unclassified\"]", "[]"},
      {"[\"correlation_id_unreadable\",\"unclassified\"]", "[1]"},
      {"[\"correlation_id_unreadable\",\"unclassified\"]", "\"unclassified\""},
      {"{\"x-genesys-signature\":\"00ff\"}", "[]"},
      {"{\"x-genesys-signature\":\"00ff\"}", "{\"x-genesys-signature\":1}"},
      {"\"headers\":{\"x-genesys-signature\":\"00ff\"},", ""},
      {"\"signature\":{", "\"signature\":{\"a\":1,"},
  };
  for (const auto& [from, to] : kChanges) {
    const std::string changed = Replaced(leaf, from, to);
    EXPECT_EQ(DecodeLeaf(changed).status().code(), absl::StatusCode::kDataLoss) << changed;
  }
  for (const std::string_view text : {"", "{}", "[]", "null", "{\"v\":1}", "[[[[[[[[]]]]]]]]"}) {
    EXPECT_EQ(DecodeLeaf(text).status().code(), absl::StatusCode::kDataLoss) << text;
  }
  EXPECT_FALSE(DecodeLeaf(std::string(kLeafSizeMax + 1, ' ')).ok());
}

TEST(LeafTest, NoByteCanBeChangedUnnoticed) {
  const std::string leaf = *EncodeLeaf(Full());
  for (size_t i = 0; i < leaf.size(); ++i) {
    std::string changed = leaf;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    const auto decoded = DecodeLeaf(changed);
    EXPECT_TRUE(!decoded.ok() || *decoded != Full()) << i;
    EXPECT_NE(LeafHash(changed), LeafHash(leaf));
  }
}

}  // namespace
}  // namespace affidavit
