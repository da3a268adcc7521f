#include "config/details.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/config/parse.h"

namespace affidavit::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> PointerTexts(const std::vector<JsonPointer>& pointers) {
  std::vector<std::string> texts;
  for (const JsonPointer& pointer : pointers) {
    texts.push_back(pointer.text);
  }
  return texts;
}

DetailPointers DetailsIn(const std::string& toml) {
  const auto config = Parse("[[sources]]\nname = \"a\"\n" + toml);
  EXPECT_TRUE(config.ok()) << config.status();
  return config.ok() ? config->sources.at(0).details : DetailPointers();
}

TEST(DetailsOfProfile, AreTheProfilesOwn) {
  const DetailPointers plain = DetailsIn("");
  EXPECT_THAT(PointerTexts(plain.recipient), ElementsAre("/message/to"));
  EXPECT_EQ(plain.carrier.text, "/message/carrier");
  EXPECT_EQ(plain.consent.text, "");
  EXPECT_THAT(plain.consent_values, ElementsAre("true", "yes", "granted", "given"));
  EXPECT_THAT(PointerTexts(plain.map_objects), ElementsAre("/message/metadata"));

  const DetailPointers genesys = DetailsIn("profile = \"genesys-open-messaging\"");
  EXPECT_THAT(PointerTexts(genesys.recipient), ElementsAre("/channel/to/id"));
  EXPECT_EQ(genesys.carrier.text, "");
  EXPECT_THAT(PointerTexts(genesys.map_objects), ElementsAre("/metadata", "/channel/metadata"));

  for (const char* profile : {"generic", "genesys-eventbridge"}) {
    const DetailPointers none = DetailsIn(std::string("profile = \"") + profile + "\"");
    EXPECT_THAT(none.recipient, IsEmpty()) << profile;
    EXPECT_EQ(none.carrier.text, "") << profile;
    EXPECT_THAT(none.map_objects, IsEmpty()) << profile;
    EXPECT_THAT(none.consent_values, testing::Not(IsEmpty())) << profile;
  }
}

TEST(ReadDetails, OwnOnesLieOverTheProfiles) {
  const DetailPointers details = DetailsIn(
      "[sources.details]\nrecipient = [\"/to\", \"/x~1y/0\"]\nconsent = \"/ok\"\nconsent_values = \"ja\"\ncarrier = "
      "\"\"\n");
  EXPECT_THAT(PointerTexts(details.recipient), ElementsAre("/to", "/x~1y/0"));
  EXPECT_THAT(details.recipient.at(1).tokens, ElementsAre("x/y", "0"));
  EXPECT_THAT(details.consent.tokens, ElementsAre("ok"));
  EXPECT_THAT(details.consent_values, ElementsAre("ja"));
  EXPECT_TRUE(details.carrier.tokens.empty());
  EXPECT_THAT(PointerTexts(details.map_objects), ElementsAre("/message/metadata"));
}

TEST(ReadDetails, SaysAllThatIsWrong) {
  const std::string faults = FaultsOf(
      "[[sources]]\nname = \"a\"\n[sources.details]\nrecipient = [\"/to\", \"\"]\nmap_objects = \"\"\nconsent = "
      "\"no\"\n"
      "consent_values = []\nphone = \"/p\"\n");
  EXPECT_THAT(faults, HasSubstr("'sources.details.recipient' must hold no empty pointer"));
  EXPECT_THAT(faults, HasSubstr("'sources.details.map_objects' must hold no empty pointer"));
  EXPECT_THAT(faults, HasSubstr("'sources.details.consent' must be a JSON pointer"));
  EXPECT_THAT(faults, HasSubstr("'sources.details.consent_values' must have 1 to 64 texts"));
  EXPECT_THAT(faults, HasSubstr("unknown key 'sources.details.phone'"));
  EXPECT_THAT(FaultsOf("[[sources]]\nname = \"a\"\ndetails = 1\n"), HasSubstr("'details' must be a table"));
}

}  // namespace
}  // namespace affidavit::config
