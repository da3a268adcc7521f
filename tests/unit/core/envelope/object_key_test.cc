#include "core/envelope/object_key.h"

#include <algorithm>
#include <map>
#include <random>
#include <regex>
#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "core/base/encoding.h"

namespace affidavit {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

LeafFields KeyFields(const std::string& event_id, const std::string& source = "genesys",
                     EntryKind kind = EntryKind::kEnvelope, const std::string& payload = "{}") {
  LeafFields fields;
  fields.kind = kind;
  fields.source = source;
  fields.event_id = event_id;
  fields.channel = "SMS";
  fields.receive_time = *ParseRfc3339("2026-11-24T23:59:59.999999Z");
  fields.payload_sha256 = Sha256(payload);
  return fields;
}

std::string HashedComponent(const std::string& text) {
  return "sha256-" + HexEncode(AsBytes(Sha256(text)));
}

TEST(ObjectKey, SaysDayChannelSourceAndEvent) {
  EXPECT_EQ(EntryObjectKey(KeyFields("abc-1"), 7), "audit/2026-11-24/SMS/abc-1.json");
  EXPECT_EQ(EntryObjectKey(KeyFields("abc-1", "acme"), 7), "audit/2026-11-24/SMS/acme/abc-1.json");
  LeafFields unknown = KeyFields("abc-1");
  unknown.channel = "";
  EXPECT_EQ(EntryObjectKey(unknown, 7), "audit/2026-11-24/UNKNOWN/abc-1.json");
}

TEST(ObjectKey, AConflictIsNamedByItsPayloadToo) {
  const std::string digits = HexEncode(AsBytes(Sha256("{1}"))).substr(0, 16);
  EXPECT_EQ(EntryObjectKey(KeyFields("abc", "genesys", EntryKind::kConflict, "{1}"), 7),
            "audit/2026-11-24/SMS/abc.conflict-" + digits + ".json");
}

TEST(ObjectKey, AllOtherKindsAreNamedByTheirPlaceInTheLog) {
  for (const EntryKind kind :
       {EntryKind::kQuarantined, EntryKind::kExcluded, EntryKind::kStatus, EntryKind::kGovernance,
        EntryKind::kReconciliation, EntryKind::kHeartbeat, EntryKind::kAccess}) {
    EXPECT_EQ(EntryObjectKey(KeyFields("../x", "affidavit", kind), 1234),
              "records/2026-11-24/" + std::string(EntryKindName(kind)) + "/1234.json");
  }
  EXPECT_EQ(EntryObjectKey(KeyFields("", "genesys", EntryKind::kQuarantined), 0),
            "records/2026-11-24/quarantined/0.json");
}

TEST(ObjectKey, ComponentsAreEscapedOrHashed) {
  for (const auto& [text, component] : std::map<std::string, std::string>{
           {"A-z_0.9", "A-z_0.9"},
           {"a/b", "a!2Fb"},
           {"a!2Fb", "a!212Fb"},
           {"../../etc/passwd", "..!2F..!2Fetc!2Fpasswd"},
           {"ü", "!C3!BC"},
           {"a b%20", "a!20b!2520"},
           {std::string("\0", 1), "!00"},
           {"...", "..."},
           {"x|y", "x!7Cy"},
           {".", HashedComponent(".")},
           {"..", HashedComponent("..")},
           {"", HashedComponent("")},
           {std::string(200, 'a'), std::string(200, 'a')},
           {std::string(201, 'a'), HashedComponent(std::string(201, 'a'))},
           {std::string(66, '/'), std::string(66, '/').replace(0, 66,
                                                               [] {
                                                                 std::string escaped;
                                                                 for (int i = 0; i < 66; ++i) {
                                                                   escaped += "!2F";
                                                                 }
                                                                 return escaped;
                                                               }())},
           {std::string(67, '/'), HashedComponent(std::string(67, '/'))},
           {std::string(512, '\xff'), HashedComponent(std::string(512, '\xff'))},
           // What would else take the place of a hashed one, or of a conflict.
           {HashedComponent("."), HashedComponent(HashedComponent("."))},
           {"sha256-", HashedComponent("sha256-")},
           {"x.conflict-0123456789abcdef", HashedComponent("x.conflict-0123456789abcdef")},
           {"x.conflict-0123456789abcde", "x.conflict-0123456789abcde"},
       }) {
    EXPECT_EQ(ObjectKeyComponent(text), component) << text;
  }
}

TEST(ObjectKey, NoEventTakesAnothersPlaceOnPurpose) {
  const LeafFields conflict = KeyFields("x", "genesys", EntryKind::kConflict, "[1]");
  const std::string name = EntryObjectKey(conflict, 1);
  const std::string id = name.substr(std::string("audit/2026-11-24/SMS/").size());
  EXPECT_NE(EntryObjectKey(KeyFields(id.substr(0, id.size() - 5)), 2), name);
  const std::string long_id(512, 'x');
  EXPECT_NE(EntryObjectKey(KeyFields(HashedComponent(long_id)), 2), EntryObjectKey(KeyFields(long_id), 1));
  // Neither does a source's folder take an object's place.
  EXPECT_EQ(EntryObjectKey(KeyFields("e", "x.json"), 2),
            "audit/2026-11-24/SMS/" + HashedComponent("x.json") + "/e.json");
}

// Texts that are alike in all the ways that escaping, hashing and joining could confuse.
std::string AnyText(std::mt19937& random) {
  static const std::string kParts[] = {"a",
                                       "/",
                                       "!",
                                       "2F",
                                       "!2F",
                                       ".",
                                       "..",
                                       ".json",
                                       "sha256-",
                                       "SMS",
                                       "ü",
                                       "%",
                                       "|",
                                       "genesys",
                                       "\n",
                                       ".conflict-",
                                       "0123456789abcdef",
                                       std::string(1, '\0'),
                                       "audit",
                                       " "};
  std::string text;
  const size_t count = 1 + random() % 4;
  for (size_t i = 0; i < count; ++i) {
    text += kParts[random() % std::size(kParts)];
  }
  switch (random() % 8) {
    case 0:
      text.append(190 + random() % 323, 'x');
      break;
    case 1:
      text = HashedComponent(text);
      break;
    case 2:
      text += ".conflict-" + HexEncode(AsBytes(Sha256(text))).substr(0, 16);
      break;
    default:
      break;
  }
  return text.substr(0, 512);
}

// What makes two entries the same one (docs/life-of-an-envelope.md), and the log's own uniqueness of places.
std::string Identity(const LeafFields& fields, int64_t leaf_index) {
  const std::string separator(1, '\x1f');
  switch (fields.kind) {
    case EntryKind::kEnvelope:
      return "e" + separator + fields.source + separator + fields.event_id;
    case EntryKind::kConflict:
      return "c" + separator + fields.source + separator + fields.event_id + separator +
             HexEncode(AsBytes(fields.payload_sha256));
    default:
      return "r" + separator + std::to_string(leaf_index);
  }
}

TEST(ObjectKey, NoTwoEntriesShareAKeyAndNoKeyIsAnothersFolder) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const std::regex form(R"((audit|records)(/[A-Za-z0-9!_.-]+){3,4}\.json)");
  std::map<std::string, std::string> identity_of_key;
  std::set<std::string> identities;
  for (int i = 0; i < 12'000; ++i) {
    LeafFields fields = KeyFields(AnyText(random), random() % 2 == 0 ? "genesys" : AnyText(random),
                                  static_cast<EntryKind>(random() % 9), AnyText(random));
    fields.channel = random() % 2 == 0 ? "SMS" : AnyText(random);
    const std::string identity = Identity(fields, i);
    if (!identities.insert(identity).second) {
      continue;  // the log has it once
    }
    const std::string key = EntryObjectKey(fields, i);
    ASSERT_LE(key.size(), 650U);
    if (i < 500) {
      ASSERT_TRUE(std::regex_match(key, form)) << key;
    }
    const auto [other, is_new] = identity_of_key.emplace(key, identity);
    ASSERT_TRUE(is_new) << key << ": " << identity << " and " << other->second;
    ASSERT_EQ(key.find("/./"), std::string::npos);
    ASSERT_EQ(key.find("/../"), std::string::npos);
  }
  for (const auto& [key, identity] : identity_of_key) {
    for (size_t slash = key.find('/'); slash != std::string::npos; slash = key.find('/', slash + 1)) {
      ASSERT_FALSE(identity_of_key.contains(key.substr(0, slash))) << key;
    }
  }
}

TEST(ObjectMetadata, SaysWhatTheEntryIs) {
  LeafFields fields = KeyFields("e", "acme");
  fields.schema_version = "2";
  fields.correlation_id = "ü 100%\x7f";
  EXPECT_THAT(EntryObjectMetadata(fields), ElementsAre(Pair("audit_hash", HexEncode(AsBytes(fields.payload_sha256))),
                                                       Pair("correlation_id", "%C3%BC%20100%25%7F"),
                                                       Pair("ingestion_timestamp", "2026-11-24T23:59:59.999999Z"),
                                                       Pair("schema_version", "2"), Pair("source_platform", "acme")));
}

TEST(ObjectMetadata, LeavesOutWhatIsNotThereOrDoesNotFit) {
  EXPECT_EQ(EntryObjectMetadata(KeyFields("e")).size(), 3U);
  LeafFields fields = KeyFields("e");
  fields.schema_version = std::string(256, ' ');
  fields.correlation_id = std::string(256, ' ');
  EXPECT_EQ(EntryObjectMetadata(fields).size(), 5U) << "the longest that admission reads";
  fields.correlation_id = std::string(700, ' ');
  EXPECT_FALSE(EntryObjectMetadata(fields).contains("correlation_id"));
  for (size_t size = 0; size < 1'000; size += 7) {
    fields.schema_version = std::string(size, '\xfe');
    size_t bytes = 0;
    for (const auto& [name, value] : EntryObjectMetadata(fields)) {
      bytes += name.size() + value.size();
      ASSERT_TRUE(std::all_of(value.begin(), value.end(), [](char c) { return c > ' ' && c < '\x7f'; }));
    }
    ASSERT_LE(bytes, kObjectMetadataSizeMax);
  }
}

TEST(LogObjectPrefix, EachIncarnationHasAFolder) {
  EXPECT_EQ(LogObjectPrefix(1), "log/");
  EXPECT_EQ(LogObjectPrefix(2), "log-2/");
}

}  // namespace
}  // namespace affidavit
