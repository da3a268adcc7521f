#include "cli/verify/inputs.h"

#include "core/base/encoding.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/cli/temporary_folder.h"
#include "tests/unit/core/checkpoint/published_keys.h"

namespace affidavit::verify {
namespace {

using ::testing::HasSubstr;

std::vector<std::string> Texts(std::initializer_list<std::string> texts) {
  return texts;
}

TEST(ReadKeysTest, TakesVkeysAndFilesOfThem) {
  const cli::TemporaryFolder folder;
  const std::string file =
      folder.Write("keys", std::string("# from the filing\n\n") + kPeterVkey + "\r\n  " + kEnochVkey);
  for (const std::string& text : {file, "@" + file}) {
    const auto keys = ReadKeys(Texts({text, kC2spVkey, kPeterVkey}), KeyRole::kLog);
    ASSERT_TRUE(keys.ok()) << keys.status();
    ASSERT_EQ(keys->size(), 3U);  // one given twice is one key
    EXPECT_EQ((*keys)[0].name, "PeterNeumann");
    EXPECT_EQ((*keys)[1].name, "EnochRoot");
    EXPECT_EQ((*keys)[2].name, "example.com/foo");
  }
}

TEST(ReadKeysTest, SaysWhichLineIsNoKey) {
  const cli::TemporaryFolder folder;
  const std::string file = folder.Write("keys", std::string(kPeterVkey) + "\nnonsense\n");
  const auto keys = ReadKeys(Texts({file}), KeyRole::kLog);
  EXPECT_EQ(keys.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(keys.status().message()), HasSubstr("keys:2: "));
  EXPECT_FALSE(ReadKeys(Texts({folder.Write("empty", "# none\n")}), KeyRole::kLog).ok());
  EXPECT_FALSE(ReadKeys(Texts({folder.Path("missing")}), KeyRole::kLog).ok());
  EXPECT_FALSE(ReadKeys(Texts({"nonsense"}), KeyRole::kLog).ok());
}

TEST(ReadKeysTest, KeepsLogsAndWitnessesApart) {
  EXPECT_FALSE(ReadKeys(Texts({kRemoraVkey}), KeyRole::kLog).ok());
  EXPECT_FALSE(ReadKeys(Texts({kPeterVkey}), KeyRole::kWitness).ok());
  EXPECT_TRUE(ReadKeys(Texts({kRemoraVkey}), KeyRole::kWitness).ok());
  EXPECT_TRUE(ReadKeys(Texts({kRekorVkey}), KeyRole::kLog).ok());
  EXPECT_TRUE(ReadKeys(Texts({kRemoraVkey, kPeterVkey}), KeyRole::kAny).ok());
}

TEST(ReadSecretsTest, ReadsThemAsEverySchemeWould) {
  const cli::TemporaryFolder folder;
  const auto plain = ReadSecrets(Texts({folder.Write("plain", "correct horse\n")}));
  ASSERT_TRUE(plain.ok());
  ASSERT_EQ(plain->size(), 1U);
  EXPECT_EQ((*plain)[0].bytes, "correct horse");
  const auto standard = ReadSecrets(Texts({folder.Write("standard", "whsec_c2VjcmV0\n")}));
  ASSERT_TRUE(standard.ok());
  EXPECT_EQ(standard->size(), 2U);
  const std::string empty = folder.Write("empty", "\n");
  const auto none = ReadSecrets(Texts({empty}));
  EXPECT_EQ(none.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(none.status().message()), HasSubstr(empty));
}

TEST(ParseHashTextTest, TakesHexInEitherCaseAndBase64) {
  const std::string hex = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";
  const Digest hash = ParseHashText(hex).value();
  EXPECT_EQ(HexEncode(AsBytes(hash)), hex);
  EXPECT_EQ(ParseHashText("6E340B9CFFB37A989CA544E6BB780A2C78901D3FB33738768511A30617AFA01D").value(), hash);
  EXPECT_EQ(ParseHashText("bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=").value(), hash);
}

TEST(ParseHashTextTest, TellsNoHashFromNoText) {
  for (const char* no_hash : {"", "00", "AAAA", "bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoA=="}) {
    EXPECT_EQ(ParseHashText(no_hash).status().code(), absl::StatusCode::kDataLoss) << no_hash;
  }
  for (const char* no_text : {"xyz", "bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0", " 00", "000"}) {
    EXPECT_EQ(ParseHashText(no_text).status().code(), absl::StatusCode::kInvalidArgument) << no_text;
  }
}

TEST(ParseHashLinesTest, EveryLineIsAHash) {
  const std::string line = "bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=\n";
  EXPECT_EQ(ParseHashLines("")->size(), 0U);
  EXPECT_EQ(ParseHashLines(line + line)->size(), 2U);
  EXPECT_EQ(ParseHashLines(line + line.substr(0, line.size() - 1))->size(), 2U);
  for (const std::string& bad : {std::string("\n"), line + "\n", "\n" + line, line + "x\n", "  " + line}) {
    EXPECT_EQ(ParseHashLines(bad).status().code(), absl::StatusCode::kDataLoss) << bad;
  }
  EXPECT_THAT(std::string(ParseHashLines(line + "\n").status().message()), HasSubstr("line 2"));
}

TEST(ParseNumberTest, TakesDecimalsIn64Bits) {
  EXPECT_EQ(ParseNumber("--size", "0").value(), 0U);
  EXPECT_EQ(ParseNumber("--size", "18446744073709551615").value(), ~uint64_t{0});
  for (const char* bad : {"", "-1", "+1", "01", "0x10", "1.0", "18446744073709551616"}) {
    EXPECT_EQ(ParseNumber("--size", bad).status().code(), absl::StatusCode::kInvalidArgument) << bad;
  }
}

}  // namespace
}  // namespace affidavit::verify
