#include "config/facts.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/config/parse.h"

namespace affidavit::config {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::Pair;
using testing::UnorderedElementsAre;

// A file of its own, gone with the test.
class SubjectKeyFile {
 public:
  explicit SubjectKeyFile(const std::string& text, mode_t mode = 0600)
      : path_(testing::TempDir() + "affidavit-subject-key-" + std::to_string(getpid())) {
    std::ofstream(path_) << text;
    chmod(path_.c_str(), mode);
  }
  ~SubjectKeyFile() { std::filesystem::remove(path_); }
  SubjectKeyFile(const SubjectKeyFile&) = delete;
  SubjectKeyFile& operator=(const SubjectKeyFile&) = delete;

  std::string Toml() const { return "[facts]\nsubject_key_file = \"" + path_ + "\"\n"; }

 private:
  std::string path_;
};

std::string KeyFaults(const std::string& toml) {
  const auto config = Parse(toml);
  EXPECT_TRUE(config.ok()) << config.status();
  return config.ok() ? std::string(CheckFacts(config->facts).message()) : "";
}

TEST(SubjectKey, IsWhatTheFileHolds) {
  const SubjectKeyFile file("  0123456789abcdef \n");
  const auto config = Parse(file.Toml());
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->facts.subject_key, "0123456789abcdef");
  EXPECT_TRUE(CheckFacts(config->facts).ok());
  const auto adapter = Parse(file.Toml(), {}, LoadSecrets::kYes);
  ASSERT_TRUE(adapter.ok()) << adapter.status();
  EXPECT_EQ(adapter->facts.subject_key, "");
}

TEST(SubjectKey, NoneIsNamedAndNoneIsNeeded) {
  EXPECT_EQ(KeyFaults(""), "");
}

TEST(SubjectKey, OnlyWhoeverNeedsItMindsThatItIsNotThere) {
  const auto config = Parse("[facts]\nsubject_key_file = \"none.key\"\n");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->facts.subject_key, "");
  EXPECT_EQ(CheckFacts(config->facts).message(), "facts.subject_key_file: conf/none.key is no file that can be read");
  EXPECT_THAT(std::string(CheckLedger(*config).message()), HasSubstr("facts.subject_key_file: "));
  EXPECT_THAT(std::string(CheckWorker(*config).message()), HasSubstr("facts.subject_key_file: "));
  EXPECT_THAT(std::string(CheckAdapter(*config).message()), Not(HasSubstr("facts")));
}

TEST(SubjectKey, IsLongEnoughAndNobodyElses) {
  const SubjectKeyFile brief("0123456789abcde\n\n");
  EXPECT_THAT(KeyFaults(brief.Toml()), HasSubstr("holds less than 16 bytes"));
  EXPECT_THAT(KeyFaults(brief.Toml()), Not(HasSubstr("0123456789abcde")));
  EXPECT_EQ(Parse(brief.Toml())->facts.subject_key, "");
}

TEST(SubjectKey, EverybodysFileIsRefused) {
  const SubjectKeyFile open("0123456789abcdef", 0644);
  EXPECT_THAT(KeyFaults(open.Toml()), HasSubstr("everybody may use"));
}

TEST(TimeoutChannels, AreOffOrSeconds) {
  const auto config = Parse("[timeouts.channels]\nSMS = \"1\"\nEMAIL = \"2592000\"\nWEBCHAT = \"off\"\n");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_THAT(config->timeouts.channels,
              UnorderedElementsAre(Pair("SMS", "1"), Pair("EMAIL", "2592000"), Pair("WEBCHAT", "off")));
}

TEST(TimeoutChannels, AllThatAreNotAreToldAtOnce) {
  EXPECT_EQ(FaultsOf("[timeouts.channels]\nSMS = \"0\"\nEMAIL = \"2592001\"\nMMS = \"60\"\nWEBCHAT = \"Off\"\n"),
            "conf/affidavit.toml:2: 'timeouts.channels.SMS' must be \"off\" or seconds, 1 to 2592000\n"
            "conf/affidavit.toml:3: 'timeouts.channels.EMAIL' must be \"off\" or seconds, 1 to 2592000\n"
            "conf/affidavit.toml:5: 'timeouts.channels.WEBCHAT' must be \"off\" or seconds, 1 to 2592000");
  EXPECT_THAT(FaultsOf("[timeouts]\nchannels = { SMS = 60 }\n"), HasSubstr("must be a table of texts"));
}

TEST(FactsAndTimeouts, AreSectionsLikeAnyOther) {
  const auto config = Parse("[facts]\nenabled = false\n[timeouts]\nthreshold_seconds = 60\n",
                            {{"AFFIDAVIT_FACTS_POLL_INTERVAL_MS", "50"}, {"AFFIDAVIT_TIMEOUTS_ENABLED", "false"}});
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_FALSE(config->facts.enabled);
  EXPECT_EQ(config->facts.poll_interval_ms, 50);
  EXPECT_FALSE(config->timeouts.enabled);
  EXPECT_EQ(config->timeouts.threshold_seconds, 60);
  EXPECT_EQ(config->timeouts.adapter_silence_seconds, 30);
  EXPECT_THAT(FaultsOf("[timeouts]\nthreshold_seconds = 0\n"), HasSubstr("must be 1 to 2592000"));
}

}  // namespace
}  // namespace affidavit::config
