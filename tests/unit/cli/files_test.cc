#include "cli/files.h"

#include <sys/stat.h>

#include <filesystem>

#include "gtest/gtest.h"
#include "tests/unit/cli/test_run.h"

namespace affidavit::cli {
namespace {

mode_t ModeOf(const std::string& path) {
  struct stat found = {};
  EXPECT_EQ(stat(path.c_str(), &found), 0);
  return found.st_mode & 07777;
}

TEST(WriteSecretFileTest, MakesExactlyMode0600WhateverTheUmask) {
  const TemporaryFolder folder;
  for (const mode_t mask : {0000, 0022, 0077, 0277}) {
    const std::string path = folder.Path("secret" + std::to_string(mask));
    const mode_t before = umask(mask);
    const absl::Status status = WriteSecretFile(path, "content");
    umask(before);
    EXPECT_TRUE(status.ok()) << status;
    EXPECT_EQ(ModeOf(path), 0600U);
  }
}

TEST(WriteSecretFileTest, NeverOverwrites) {
  const TemporaryFolder folder;
  const std::string path = folder.Write("secret", "first");
  EXPECT_TRUE(absl::IsAlreadyExists(WriteSecretFile(path, "second")));
  EXPECT_EQ(folder.Read("secret"), "first");
}

TEST(WriteSecretFileTest, DoesNotFollowALink) {
  const TemporaryFolder folder;
  std::filesystem::create_symlink(folder.Path("target"), folder.Path("link"));
  EXPECT_FALSE(WriteSecretFile(folder.Path("link"), "content").ok());
  EXPECT_FALSE(std::filesystem::exists(folder.Path("target")));
}

TEST(WriteSecretFileTest, NamesAMissingFolderAndDoesNotMakeIt) {
  const TemporaryFolder folder;
  const absl::Status status = WriteSecretFile(folder.Path("missing/secret"), "content");
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_NE(std::string(status.message()).find("missing/secret"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(folder.Path("missing")));
}

TEST(ReadFileTest, ReadsEveryByte) {
  const TemporaryFolder folder;
  std::string content(100'000, '\0');
  content += "\xFF\n\r";
  EXPECT_EQ(ReadFile(folder.Write("file", content)).value(), content);
}

TEST(ReadFileTest, RefusesWhatIsNoFile) {
  const TemporaryFolder folder;
  EXPECT_TRUE(absl::IsInvalidArgument(ReadFile(folder.Path("missing")).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(ReadFile(folder.Path("")).status()));
}

}  // namespace
}  // namespace affidavit::cli
