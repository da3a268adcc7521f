// deploy/affidavit.example.toml documents every key, and its values are the defaults.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "config/anchors.h"
#include "config/details.h"
#include "config/sections.h"
#include "config/siem.h"
#include "config/sources.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/config/parse.h"
#include "toml++/toml.h"

namespace affidavit::config {
namespace {

constexpr char kExample[] = AFFIDAVIT_SOURCE_DIR "/deploy/affidavit.example.toml";

std::string ExampleText() {
  std::ifstream file(kExample);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void ExpectHasAll(const toml::table* table, const std::string& name, const std::vector<Field>& fields) {
  ASSERT_NE(table, nullptr) << name;
  for (const Field& field : fields) {
    EXPECT_TRUE(table->contains(field.name)) << name << "." << field.name;
  }
}

// Each row's value as text, so that two structs can be compared along the table.
std::vector<std::string> ValuesOf(const std::vector<Field>& fields) {
  std::vector<std::string> values;
  for (const Field& field : fields) {
    const std::string text =
        std::visit([](const auto* target) { return testing::PrintToString(*target); }, field.target);
    values.push_back(std::string(field.name) + " = " + text);
  }
  return values;
}

std::vector<std::string> TextsOf(const std::vector<JsonPointer>& pointers) {
  std::vector<std::string> texts;
  for (const JsonPointer& pointer : pointers) {
    texts.push_back(pointer.text);
  }
  return texts;
}

TEST(Example, HasEveryKeyOfEverySection) {
  const toml::table example = toml::parse(ExampleText());
  Config config;
  for (const Section& section : SectionsOf(config)) {
    ExpectHasAll(example[section.name].as_table(), std::string(section.name), section.fields);
  }
}

TEST(Example, HasEveryKeyOfASource) {
  const toml::table example = toml::parse(ExampleText());
  const toml::table* source = example["sources"][0].as_table();
  ASSERT_NE(source, nullptr);
  SourceKeys source_keys;
  ExpectHasAll(source, "sources", SourceFields(source_keys));
  PointerKeys pointer_keys;
  ExpectHasAll((*source)["pointers"].as_table(), "sources.pointers", PointerFields(pointer_keys));
  Profile profile;
  ExpectHasAll((*source)["scope"].as_table(), "sources.scope", ScopeFields(profile));
  MapKeys map_keys;
  ExpectHasAll((*source)["map"].as_table(), "sources.map", MapFields(map_keys));
  DetailKeys detail_keys;
  ExpectHasAll((*source)["details"].as_table(), "sources.details", DetailFields(detail_keys));

  toml::table secrets;  // all of them together: 'file' and 'env' exclude each other
  for (const toml::node& secret : *(*source)["secrets"].as_array()) {
    secrets.insert(secret.as_table()->begin(), secret.as_table()->end());
  }
  SecretKeys secret_keys;
  ExpectHasAll(&secrets, "sources.secrets", SecretFields(secret_keys));
}

TEST(Example, HasEveryKeyOfTimestampersAndWitnesses) {
  const toml::table example = toml::parse(ExampleText());
  TimestamperConfig timestamper;
  ExpectHasAll(example["timestampers"][0].as_table(), "timestampers", TimestamperFields(timestamper));
  WitnessConfig witness;
  ExpectHasAll(example["witnesses"][0].as_table(), "witnesses", WitnessFields(witness));
}

TEST(Example, HasEveryKeyOfASiemSinkWithItsDefault) {
  const toml::table example = toml::parse(ExampleText());
  SiemConfig siem;
  ExpectHasAll(example["siem"][0].as_table(), "siem", SiemFields(siem));
  auto loaded = ParseConfig(ExampleText(), "affidavit.example.toml", LoadSecrets::kNo, EnvironmentOf({}));
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  ASSERT_EQ(loaded->siem.size(), 1U);
  siem.name = "soc";
  siem.kind = "relp";
  siem.target = "127.0.0.1:20514";
  EXPECT_EQ(ValuesOf(SiemFields(loaded->siem[0])), ValuesOf(SiemFields(siem)));
}

TEST(Example, LoadsAndEqualsTheDefaults) {
  auto loaded = ParseConfig(ExampleText(), "affidavit.example.toml", LoadSecrets::kNo, EnvironmentOf({}));
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  Config defaults;
  const std::vector<Section> expected = SectionsOf(defaults);
  const std::vector<Section> actual = SectionsOf(*loaded);
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(ValuesOf(actual[i].fields), ValuesOf(expected[i].fields)) << expected[i].name;
  }
}

TEST(Example, ItsSourceSpellsOutTheDefaultProfile) {
  auto loaded = ParseConfig(ExampleText(), "affidavit.example.toml", LoadSecrets::kNo, EnvironmentOf({}));
  auto plain = Parse("[[sources]]\nname = \"genesys\"\nroute = \"/genesys/telemetry\"");
  ASSERT_TRUE(loaded.ok() && plain.ok()) << loaded.status();
  ASSERT_EQ(loaded->sources.size(), 1U);
  const SourceConfig& source = loaded->sources[0];
  const SourceConfig& expected = plain->sources[0];
  EXPECT_EQ(source.name, expected.name);
  EXPECT_EQ(source.route, expected.route);
  EXPECT_EQ(source.scheme, expected.scheme);
  EXPECT_EQ(source.signature_header, expected.signature_header);
  EXPECT_EQ(source.profile.name, expected.profile.name);
  EXPECT_EQ(source.profile.types, expected.profile.types);
  EXPECT_EQ(source.profile.directions, expected.profile.directions);
  EXPECT_EQ(source.profile.channels, expected.profile.channels);
  EXPECT_EQ(source.profile.type_map, expected.profile.type_map);
  EXPECT_EQ(source.profile.direction_map, expected.profile.direction_map);
  EXPECT_EQ(source.profile.channel_map, expected.profile.channel_map);
  EXPECT_EQ(TextsOf(source.details.recipient), TextsOf(expected.details.recipient));
  EXPECT_EQ(source.details.carrier.text, expected.details.carrier.text);
  EXPECT_EQ(source.details.consent.text, expected.details.consent.text);
  EXPECT_EQ(source.details.consent_values, expected.details.consent_values);
  EXPECT_EQ(TextsOf(source.details.map_objects), TextsOf(expected.details.map_objects));
}

TEST(Example, LoadsWithItsSecretsInPlace) {
  std::string folder = testing::TempDir() + "affidavit-example-XXXXXX";
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  const std::filesystem::path secrets = std::filesystem::path(folder) / "secrets";
  std::filesystem::create_directory(secrets);
  std::ofstream(secrets / "genesys.hmac") << "a secret of thirty-two characters\n";
  std::filesystem::permissions(secrets / "genesys.hmac", std::filesystem::perms::owner_read);

  const auto loaded = ParseConfig(ExampleText(), folder + "/affidavit.toml", LoadSecrets::kYes,
                                  EnvironmentOf({{"GENESYS_HMAC_OLD", "the secret before it"}}));
  EXPECT_TRUE(loaded.ok()) << loaded.status();
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace affidavit::config
