#include "config/sources.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/config/parse.h"

namespace affidavit::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

SourceConfig OnlySource(std::string_view toml) {
  const auto config = Parse(toml);
  EXPECT_TRUE(config.ok()) << config.status();
  return config.ok() && config->sources.size() == 1 ? config->sources.front() : SourceConfig();
}

TEST(ReadSources, AbsentKeysTakeTheirDefaults) {
  const SourceConfig source = OnlySource("[[sources]]\nname = \"genesys\"");
  const Profile builtin = *BuiltinProfile("default");
  EXPECT_EQ(source.name, "genesys");
  EXPECT_EQ(source.route, "/sources/genesys");
  EXPECT_EQ(source.scheme, SignatureScheme::kHmacSha256Hex);
  EXPECT_EQ(source.signature_header, "x-genesys-signature");
  EXPECT_EQ(source.profile.name, "default");
  EXPECT_EQ(source.profile.pointers.message_id.tokens, builtin.pointers.message_id.tokens);
  EXPECT_EQ(source.profile.types, builtin.types);
  EXPECT_EQ(source.profile.channel_map, builtin.channel_map);
}

TEST(ReadSources, EachSchemeHasItsHeader) {
  EXPECT_EQ(OnlySource("[[sources]]\nname = \"a\"\nscheme = \"sha256-base64\"").signature_header,
            "x-hub-signature-256");
  EXPECT_EQ(
      OnlySource("[[sources]]\nname = \"a\"\nscheme = \"sha256-hex\"\nsignature_header = \"x-mine\"").signature_header,
      "x-mine");
}

TEST(ReadSources, OwnPointersLieOverTheProfiles) {
  const SourceConfig source = OnlySource(R"(
[[sources]]
name = "a"
[sources.pointers]
id = ["/id", "/type"]
channel = "/x~1y"
delivery_time = ""
)");
  ASSERT_EQ(source.profile.pointers.id.size(), 2U);
  EXPECT_EQ(source.profile.pointers.id[1].text, "/type");
  EXPECT_THAT(source.profile.pointers.channel.tokens, ElementsAre("x/y"));
  EXPECT_EQ(source.profile.pointers.delivery_time.text, "");
  EXPECT_TRUE(source.profile.pointers.delivery_time.tokens.empty());
  EXPECT_EQ(source.profile.pointers.type.text, BuiltinProfile("default")->pointers.type.text);
}

TEST(ReadSources, AnOwnIdOrTypeStandsAlone) {
  const std::string start = "[[sources]]\nname = \"a\"\nprofile = \"genesys-open-messaging\"\n[sources.pointers]\n";
  const ProfilePointers builtin = BuiltinProfile("genesys-open-messaging")->pointers;
  ASSERT_FALSE(builtin.id_optional.empty());
  ASSERT_FALSE(builtin.type_fallbacks.empty());

  const ProfilePointers own_id = OnlySource(start + "id = \"/uuid\"").profile.pointers;
  EXPECT_TRUE(own_id.id_optional.empty());
  EXPECT_EQ(own_id.type_fallbacks.size(), builtin.type_fallbacks.size());

  const ProfilePointers own_type = OnlySource(start + "type = \"/kind\"").profile.pointers;
  EXPECT_TRUE(own_type.type_fallbacks.empty());
  EXPECT_EQ(own_type.id_optional.size(), builtin.id_optional.size());
}

TEST(ReadSources, OneIdPointerNeedsNoBrackets) {
  const SourceConfig source = OnlySource("[[sources]]\nname = \"a\"\n[sources.pointers]\nid = \"/uuid\"");
  ASSERT_EQ(source.profile.pointers.id.size(), 1U);
  EXPECT_EQ(source.profile.pointers.id[0].text, "/uuid");
}

TEST(ReadSources, OwnScopeReplacesTheProfiles) {
  const SourceConfig source = OnlySource(R"(
[[sources]]
name = "a"
[sources.scope]
types = ["sent"]
channels = []
)");
  EXPECT_THAT(source.profile.types, ElementsAre("sent"));
  EXPECT_TRUE(source.profile.channels.empty());
  EXPECT_EQ(source.profile.directions, BuiltinProfile("default")->directions);
}

TEST(ReadSources, OwnMapsLieOverTheProfilesWhateverTheCase) {
  const SourceConfig source = OnlySource(R"(
[[sources]]
name = "a"
[sources.map.channel]
SMS = "TEXT"
whatsapp = "WEBCHAT"
[sources.map.type]
"message.sent" = "message:send"
)");
  EXPECT_THAT(source.profile.channel_map, testing::Contains(testing::Pair("SMS", "TEXT")));
  EXPECT_FALSE(source.profile.channel_map.contains("sms"));
  EXPECT_EQ(source.profile.channel_map.size(), BuiltinProfile("default")->channel_map.size() + 1);
  EXPECT_THAT(source.profile.type_map, ElementsAre(testing::Pair("message.sent", "message:send")));
}

TEST(ReadSources, NamesAndRoutesAreUnique) {
  EXPECT_EQ(FaultsOf("[[sources]]\nname = \"a\"\n[[sources]]\nname = \"a\""),
            "conf/affidavit.toml:3: source 'a' is already at line 1");
  EXPECT_EQ(FaultsOf("[[sources]]\nname = \"a\"\n[[sources]]\nname = \"b\"\nroute = \"/sources/a\""),
            "conf/affidavit.toml:3: route /sources/a is already taken at line 1");
}

TEST(ReadSources, RefusesWhatCannotBeASource) {
  const struct {
    const char* toml;
    const char* expected;
  } rows[] = {
      {"sources = 1", "'sources' must be tables, each under [[sources]]"},
      {"sources = [1]", "'sources' must hold tables only"},
      {"[[sources]]", "1: a source needs a 'name'"},
      {"[[sources]]\nname = \"a\"\nprofile = \"no\"", "'sources.profile': "},
      {"[[sources]]\nname = \"a\"\nscheme = \"no\"",
       "'sources.scheme': unknown signature scheme; there are hmac-sha256-hex"},
      {"[[sources]]\nname = \"a\"\nscheme = \"standard-webhooks\"\nsignature_header = \"x\"", "headers of its own"},
      {"[[sources]]\nname = \"a\"\nrout = \"/a\"", "3: unknown key 'sources.rout' (did you mean 'route'?)"},
      {"[[sources]]\nname = \"a\"\n[sources.scop]", "unknown key 'sources.scop' (did you mean 'scope'?)"},
      {"[[sources]]\nname = \"a\"\npointers = 1", "'pointers' must be a table"},
      {"[[sources]]\nname = \"a\"\n[sources.pointers]\nid = []", "'sources.pointers.id' must have 1 to 8 texts"},
      {"[[sources]]\nname = \"a\"\n[sources.pointers]\nid = \"\"", "'sources.pointers.id' must not be empty"},
      {"[[sources]]\nname = \"a\"\n[sources.pointers]\nid = \"id\"",
       "'sources.pointers.id' each must be a JSON pointer"},
      {"[[sources]]\nname = \"a\"\n[sources.pointers]\nids = \"/id\"", "unknown key 'sources.pointers.ids'"},
      {"[[sources]]\nname = \"a\"\n[sources.map]\nchannel = \"x\"", "'sources.map.channel' must be a table of texts"},
      {"[[sources]]\nname = \"a\"\n[sources.map.channel]\na = \"\"", "must map texts of 1 to 256 bytes"},
      {"[[sources]]\nname = \"a\"\n[sources.map.channel]\na = \"X\"\nA = \"Y\"", "has one name twice"},
  };
  for (const auto& row : rows) {
    EXPECT_THAT(FaultsOf(row.toml), HasSubstr(row.expected)) << row.toml;
  }
}

}  // namespace
}  // namespace affidavit::config
