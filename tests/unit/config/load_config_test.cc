#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "config/config.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace affidavit::config {
namespace {

using testing::HasSubstr;

class LoadConfigTest : public testing::Test {
 protected:
  LoadConfigTest() : path_(testing::TempDir() + "affidavit-" + std::to_string(getpid()) + ".toml") {
    std::ofstream(path_) << "[log]\nlevel = \"debug\"\n";
  }
  ~LoadConfigTest() override {
    std::filesystem::remove(path_);
    unsetenv("AFFIDAVIT_LOG_LEVEL");
    unsetenv("AFFIDAVIT_LEDGER_LISEN");
    unsetenv("AFFIDAVIT_LEDGER_TARGET");
  }

  const std::string path_;
};

TEST_F(LoadConfigTest, ReadsTheFile) {
  const auto config = LoadConfig(path_, LoadSecrets::kNo);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->log.level, "debug");
}

TEST_F(LoadConfigTest, ReadsTheProcessesEnvironment) {
  setenv("AFFIDAVIT_LOG_LEVEL", "error", 1);
  setenv("AFFIDAVIT_LEDGER_TARGET", "127.0.0.1:1", 1);
  const auto config = LoadConfig(path_, LoadSecrets::kNo);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->log.level, "error");
}

TEST_F(LoadConfigTest, RefusesAVariableThatOverridesNothing) {
  setenv("AFFIDAVIT_LEDGER_LISEN", "127.0.0.1:1", 1);
  EXPECT_EQ(LoadConfig(path_, LoadSecrets::kNo).status(),
            absl::InvalidArgumentError("AFFIDAVIT_LEDGER_LISEN: overrides no key"));
}

TEST_F(LoadConfigTest, NamesAFileThatItCannotRead) {
  for (const std::string& path : {path_ + ".none", testing::TempDir()}) {
    const absl::Status status = LoadConfig(path, LoadSecrets::kNo).status();
    EXPECT_EQ(status, absl::InvalidArgumentError(path + " cannot be read"));
  }
}

}  // namespace
}  // namespace affidavit::config
