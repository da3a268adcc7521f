// CheckLedger on [signing], [[timestampers]] and [[witnesses]].
#include <filesystem>
#include <fstream>
#include <string>

#include "config/config.h"
#include "core/checkpoint/key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace affidavit::config {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class CheckSigningTest : public ::testing::Test {
 protected:
  CheckSigningTest() {
    std::string folder = testing::TempDir() + "affidavit-signing-XXXXXX";
    folder_ = mkdtemp(folder.data());
    config_.database.url = "postgresql:///affidavit";
    config_.signing.origin = "example.com/log";
    config_.signing.key_files = {WriteKey("a", "example.com/log")};
  }
  ~CheckSigningTest() override { std::filesystem::remove_all(folder_); }

  std::string Write(const std::string& name, const std::string& text) {
    const std::string path = folder_ + "/" + name;
    std::ofstream(path) << text;
    std::filesystem::permissions(path, std::filesystem::perms::owner_read);
    return path;
  }
  std::string WriteKey(const std::string& name, const std::string& log, KeyType type = KeyType::kEd25519) {
    secret_ = GenerateEd25519Key(log, type)->secret;
    return Write(name, secret_ + "\n");
  }

  std::string Faults() const { return std::string(CheckLedger(config_).message()); }

  std::string folder_;
  std::string secret_;  // of the last key
  Config config_;
};

TEST_F(CheckSigningTest, AcceptsOneKeyAndTwo) {
  EXPECT_EQ(Faults(), "");
  config_.signing.key_files.push_back(WriteKey("b", "example.com/log"));
  EXPECT_EQ(Faults(), "");
}

TEST_F(CheckSigningTest, OriginAndKeysGoTogether) {
  config_.signing.key_files.clear();
  EXPECT_THAT(Faults(), HasSubstr("signing.origin and signing.key_files go together"));
  config_.signing.origin.clear();
  EXPECT_EQ(Faults(), "");
}

TEST_F(CheckSigningTest, AKeyIsASecretFileOfThisLog) {
  config_.signing.key_files = {folder_ + "/none"};
  EXPECT_THAT(Faults(), HasSubstr("none is no file that can be read"));
  config_.signing.key_files = {Write("nonsense", "nonsense")};
  EXPECT_THAT(Faults(), HasSubstr("holds no signing key"));
  config_.signing.key_files = {WriteKey("witness", "example.com/log", KeyType::kCosignatureV1)};
  EXPECT_THAT(Faults(), HasSubstr("holds no signing key"));
  config_.signing.key_files = {WriteKey("other", "example.com/other")};
  EXPECT_THAT(Faults(), AllOf(HasSubstr("must be named as signing.origin is"), Not(HasSubstr(secret_))));
}

TEST_F(CheckSigningTest, AKeyThatEverybodyCanReadIsRefused) {
  std::filesystem::permissions(config_.signing.key_files[0], std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  EXPECT_THAT(Faults(), HasSubstr("chmod 600"));
}

TEST_F(CheckSigningTest, TheSameKeyTwiceIsAMistake) {
  config_.signing.key_files.push_back(Write("copy", secret_));
  EXPECT_THAT(Faults(), HasSubstr("holds a key that another file has already"));
}

TEST_F(CheckSigningTest, ARequiredWitnessIsNamed) {
  config_.signing.require_witness = true;
  EXPECT_THAT(Faults(), HasSubstr("there is no [[witnesses]]"));
  config_.witnesses.emplace_back();
  EXPECT_EQ(Faults(), "");
}

TEST_F(CheckSigningTest, AnchorsNeedCheckpoints) {
  config_.signing = {};
  config_.witnesses.emplace_back();
  EXPECT_THAT(Faults(), HasSubstr("signing.key_files is needed"));
}

TEST_F(CheckSigningTest, ATimestampersRootsAreReadable) {
  config_.timestampers.push_back({.name = "tsa", .url = "http://tsa", .ca_file = "/none"});
  EXPECT_THAT(Faults(), HasSubstr("timestampers.ca_file: /none cannot be read"));
}

}  // namespace
}  // namespace affidavit::config
