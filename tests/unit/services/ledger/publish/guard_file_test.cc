#include "services/ledger/publish/guard_file.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace affidavit::ledger {
namespace {

class GuardFileTest : public ::testing::Test {
 protected:
  GuardFileTest() {
    std::string folder = testing::TempDir() + "affidavit-guard-XXXXXX";
    folder_ = mkdtemp(folder.data());
  }
  ~GuardFileTest() override { std::filesystem::remove_all(folder_); }

  std::string folder_;
};

TEST_F(GuardFileTest, IsReadAsItWasWritten) {
  const GuardFile guard(folder_ + "/guard");
  EXPECT_EQ(*guard.Read(), std::nullopt);
  for (const std::string& note : {std::string("first\n"), std::string("second, longer\n"), std::string("3\n")}) {
    ASSERT_TRUE(guard.Write(note).ok());
    EXPECT_EQ(*guard.Read(), note);
  }
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1) << "nothing else is left";
}

TEST_F(GuardFileTest, AnErrorLeavesTheOldOne) {
  const GuardFile guard(folder_ + "/guard");
  std::filesystem::create_directories(folder_ + "/guard/in the way");
  const absl::Status status = guard.Write("note\n");
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("guard"));
  EXPECT_TRUE(std::filesystem::exists(folder_ + "/guard/in the way"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(GuardFileTest, WhatCannotBeReadIsAnErrorAndNotAMissingGuard) {
  EXPECT_FALSE(GuardFile(folder_).Read().ok()) << "a folder";
  std::ofstream(folder_ + "/large") << std::string(100'000, 'x');
  EXPECT_FALSE(GuardFile(folder_ + "/large").Read().ok());
  EXPECT_FALSE(GuardFile(folder_ + "/none/guard").Write("note\n").ok());
}

}  // namespace
}  // namespace affidavit::ledger
