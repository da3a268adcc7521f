#include "config/secrets.h"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "core/base/encoding.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/config/parse.h"

namespace affidavit::config {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kSource[] = "[[sources]]\nname = \"a\"\n";

class SecretsTest : public testing::Test {
 protected:
  SecretsTest() {
    std::string folder = testing::TempDir() + "affidavit-secrets-XXXXXX";
    folder_ = mkdtemp(folder.data());
  }
  ~SecretsTest() override { std::filesystem::remove_all(folder_); }

  std::string File(const std::string& name, std::string_view content, mode_t mode = 0600) const {
    const std::string path = folder_ / name;
    std::ofstream(path, std::ios::binary) << content;
    chmod(path.c_str(), mode);
    return path;
  }

  absl::StatusOr<Config> Load(const std::string& secrets, const Variables& variables = {}) const {
    return Parse(kSource + secrets, variables, LoadSecrets::kYes, folder_ / "affidavit.toml");
  }
  std::string Faults(const std::string& secrets, const Variables& variables = {}) const {
    return std::string(Load(secrets, variables).status().message());
  }

  std::filesystem::path folder_;
};

TEST_F(SecretsTest, ComeFromFilesAndVariables) {
  File("old.hmac", "old secret\n", 0440);
  const auto config = Load(R"(
[[sources.secrets]]
id = "old"
file = "old.hmac"
retired = true
[[sources.secrets]]
id = "new"
env = "NEW_SECRET"
not_before = 2026-11-24T04:47:34.25+01:00
not_after = "2027-11-24T03:47:34Z"
)",
                           {{"NEW_SECRET", "new secret"}});
  ASSERT_TRUE(config.ok()) << config.status();
  const std::vector<Secret>& secrets = config->sources[0].secrets;
  ASSERT_EQ(secrets.size(), 2U);
  EXPECT_EQ(secrets[0].id, "old");
  EXPECT_EQ(secrets[0].bytes, "old secret");
  EXPECT_TRUE(secrets[0].retired);
  EXPECT_EQ(secrets[1].bytes, "new secret");
  EXPECT_FALSE(secrets[1].retired);
  EXPECT_EQ(FormatRfc3339(*secrets[1].not_before), "2026-11-24T03:47:34.250000Z");
  EXPECT_EQ(FormatRfc3339(*secrets[1].not_after), "2027-11-24T03:47:34.000000Z");
}

TEST_F(SecretsTest, AreNeitherReadNorReturnedUnlessAskedFor) {
  const std::string toml = std::string(kSource) + "[[sources.secrets]]\nid = \"k\"\nfile = \"none\"";
  const auto config = Parse(toml);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_TRUE(config->sources[0].secrets.empty());
  EXPECT_THAT(FaultsOf(toml + "\nfiles = \"x\""), HasSubstr("unknown key 'sources.secrets.files'"));
}

TEST_F(SecretsTest, OneMustBeInUse) {
  const std::string retired = "[[sources.secrets]]\nid = \"k\"\nenv = \"K\"\nretired = true";
  EXPECT_THAT(Faults(""), HasSubstr(":1: source 'a' needs a secret that is not retired"));
  EXPECT_THAT(Faults(retired, {{"K", "x"}}), HasSubstr("needs a secret that is not retired"));
}

TEST_F(SecretsTest, OneIdStandsForOneSecret) {
  const std::string two = "[[sources.secrets]]\nid = \"k\"\nenv = \"A\"\n[[sources.secrets]]\nid = \"k\"\nenv = \"B\"";
  EXPECT_TRUE(Load(two, {{"A", "x"}, {"B", "x"}}).ok());
  EXPECT_THAT(
      Faults(two, {{"A", "x"}, {"B", "y"}}),
      HasSubstr(":6: secret 'k' stands for two different secrets: retire the old one under this id and choose a "
                "new id"));
}

TEST_F(SecretsTest, APinnedFingerprintMustFit) {
  const std::string fingerprint = HexEncode(KeyFingerprint("x"));
  const std::string pinned = "[[sources.secrets]]\nid = \"k\"\nenv = \"K\"\nfingerprint = \"" + fingerprint + "\"";
  EXPECT_TRUE(Load(pinned, {{"K", "x"}}).ok());
  EXPECT_THAT(Faults(pinned, {{"K", "y"}}),
              HasSubstr("secret 'k': its fingerprint is " + HexEncode(KeyFingerprint("y")) + ", not the pinned " +
                        fingerprint));
}

TEST_F(SecretsTest, FilesThatEverybodyMayUseAreRefused) {
  for (const mode_t mode : {0644, 0604, 0602, 0601}) {
    const std::string file = File("k.hmac", "hunter2", mode);
    const std::string fault = Faults("[[sources.secrets]]\nid = \"k\"\nfile = \"k.hmac\"");
    EXPECT_THAT(fault, HasSubstr(":3: secret 'k': everybody may use " + file + ": chmod 600 it"));
    EXPECT_THAT(fault, Not(HasSubstr("hunter2")));
  }
}

TEST_F(SecretsTest, RefusesWhatIsNoSecret) {
  File("empty", "\n");
  File("long", std::string(4097, 'x'));
  std::filesystem::create_directory(folder_ / "folder");
  const struct {
    const char* keys;
    const char* expected;
  } rows[] = {
      {"env = \"K\"", "secret needs an 'id'"},
      {"id = \"k\"", "secret 'k' needs either 'file' or 'env'"},
      {"id = \"k\"\nenv = \"K\"\nfile = \"f\"", "secret 'k' needs either 'file' or 'env'"},
      {"id = \"k\"\nenv = \"K\"", "secret 'k': environment variable K is not set"},
      {"id = \"k\"\nfile = \"none\"", "/none is no file that can be read"},
      {"id = \"k\"\nfile = \"folder\"", "/folder is no file that can be read"},
      {"id = \"k\"\nfile = \"empty\"", "secret 'k': the secret is empty"},
      {"id = \"k\"\nfile = \"long\"", "/long is over 4096 bytes"},
      {"id = \"k\"\nenv = \"K\"\nnot_before = 2026-11-24T03:47:34",
       "'sources.secrets.not_before' must be a time with its offset"},
      {"id = \"k\"\nenv = \"K\"\nnot_before = 2026-11-24",
       "'sources.secrets.not_before' must be a time with its offset"},
      {"id = \"k\"\nenv = \"K\"\nnot_before = \"soon\"", "'sources.secrets.not_before' must be a time with its offset"},
      {"id = \"k\"\nenv = \"K\"\nnot_before = 2026-11-24T03:47:34Z\nnot_after = 2026-11-24T03:47:34Z",
       "secret 'k' ends ('not_after') before it begins ('not_before')"},
      {"id = \"k\"\nenv = \"K\"\nsecret = \"hunter2\"", "unknown key 'sources.secrets.secret'"},
      {"id = \"k\"\nenv = \"K\"\nretired = \"yes\"", "'sources.secrets.retired' must be true or false"},
  };
  for (const auto& row : rows) {
    const std::string fault = Faults("[[sources.secrets]]\n" + std::string(row.keys));
    EXPECT_THAT(fault, HasSubstr(row.expected)) << row.keys;
    EXPECT_THAT(fault, Not(HasSubstr("hunter2")));
  }
}

TEST_F(SecretsTest, TheDatabaseUrlComesFromAFileLikeThem) {
  File("url", "postgresql://x:hunter2@db/affidavit\n");
  const auto parse = [&] {
    return Parse("[database]\nurl_file = \"url\"", {}, LoadSecrets::kNo, folder_ / "affidavit.toml");
  };
  ASSERT_TRUE(parse().ok()) << parse().status();
  EXPECT_EQ(parse()->database.url, "postgresql://x:hunter2@db/affidavit");
  File("url", "postgresql://x:hunter2@db/affidavit\n", 0644);
  EXPECT_THAT(std::string(parse().status().message()),
              testing::AllOf(HasSubstr("chmod 600"), Not(HasSubstr("hunter2"))));
}

}  // namespace
}  // namespace affidavit::config
