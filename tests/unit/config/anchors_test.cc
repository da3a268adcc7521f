#include "config/anchors.h"

#include "core/checkpoint/key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/config/parse.h"

namespace affidavit::config {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr char kVkey[] = "witness.example.org+2117e12c+BFDYWOCYXsx/YEGKrwzFq1h/QsJXCohAlanozKzQ9lRc";

std::string Witness(const std::string& vkey) {
  return "[[witnesses]]\nurl = \"http://witness\"\nvkey = \"" + vkey + "\"\n";
}

TEST(Signing, TakesListsOfKeysWhichCountFromTheFolder) {
  const auto config = Parse("[signing]\norigin = \"example.com/log\"\nkey_files = [\"new.key\", \"/etc/old.key\"]\n");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->signing.origin, "example.com/log");
  EXPECT_THAT(config->signing.key_files, ElementsAre("conf/new.key", "/etc/old.key"));
  EXPECT_EQ(config->signing.guard_file, "conf/new.key.checkpoint");
}

TEST(Signing, IsOverriddenByTheEnvironment) {
  const auto config = Parse("[signing]\nguard_file = \"guard\"\n", {{"AFFIDAVIT_SIGNING_ORIGIN", "log"},
                                                                    {"AFFIDAVIT_SIGNING_KEY_FILES", "a.key, b.key"},
                                                                    {"AFFIDAVIT_SIGNING_CHECKPOINT_INTERVAL_MS", "20"},
                                                                    {"AFFIDAVIT_SIGNING_REQUIRE_WITNESS", "true"}});
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->signing.origin, "log");
  EXPECT_THAT(config->signing.key_files, ElementsAre("conf/a.key", "conf/b.key"));
  EXPECT_EQ(config->signing.guard_file, "conf/guard");
  EXPECT_EQ(config->signing.checkpoint_interval_ms, 20);
  EXPECT_TRUE(config->signing.require_witness);
}

TEST(Signing, RefusesWhatCannotBe) {
  EXPECT_THAT(FaultsOf("[signing]\norigin = \"a b\"\n"), HasSubstr("affidavit.toml:2: 'signing.origin' must have no"));
  EXPECT_THAT(FaultsOf("[signing]\ncheckpoint_interval_ms = 1\n"), HasSubstr("must be 10 to 60000"));
  EXPECT_THAT(FaultsOf("[signing]\nkey_file = \"a\"\n"), HasSubstr("did you mean 'key_files'"));
}

TEST(Timestampers, AreRead) {
  const auto config =
      Parse("[[timestampers]]\nname = \"tsa\"\nurl = \"https://tsa.example.org\"\nca_file = \"ca.pem\"\n");
  ASSERT_TRUE(config.ok()) << config.status();
  ASSERT_EQ(config->timestampers.size(), 1U);
  EXPECT_EQ(config->timestampers[0].name, "tsa");
  EXPECT_EQ(config->timestampers[0].ca_file, "conf/ca.pem");
}

TEST(Timestampers, NeedEverythingAndNamesOfTheirOwn) {
  EXPECT_THAT(FaultsOf("[[timestampers]]\n"),
              AllOf(HasSubstr("needs a 'name'"), HasSubstr("needs a 'url'"), HasSubstr("needs a 'ca_file'")));
  const std::string one = "[[timestampers]]\nname = \"tsa\"\nurl = \"http://a\"\nca_file = \"a\"\n";
  EXPECT_THAT(FaultsOf(one + one), HasSubstr("affidavit.toml:5: a timestamper of this name is already at line 1"));
  EXPECT_THAT(FaultsOf("[[timestampers]]\nurl = \"tsa\"\n"), HasSubstr("must be an address"));
}

TEST(Witnesses, AreReadAndNeedAKeyForCosignatures) {
  const auto config = Parse(Witness(kVkey));
  ASSERT_TRUE(config.ok()) << config.status();
  ASSERT_EQ(config->witnesses.size(), 1U);
  EXPECT_EQ(config->witnesses[0].vkey, kVkey);
  EXPECT_THAT(FaultsOf(Witness("nonsense")), HasSubstr("'witnesses.vkey' must be a verifier key"));
  const auto pair = GenerateEd25519Key("witness");
  EXPECT_THAT(FaultsOf(Witness(pair->vkey)), HasSubstr("must be a key for cosignatures"));
  EXPECT_THAT(FaultsOf(Witness(kVkey) + Witness(kVkey)), HasSubstr("a witness with this vkey is already at line 1"));
  EXPECT_THAT(FaultsOf("[[witnesses]]\n"), AllOf(HasSubstr("needs a 'url'"), HasSubstr("needs a 'vkey'")));
}

}  // namespace
}  // namespace affidavit::config
