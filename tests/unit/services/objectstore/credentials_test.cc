#include "services/objectstore/credentials.h"

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/objectstore/credentials_command.h"

namespace affidavit::objectstore {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class StillClock : public Clock {
 public:
  TimePoint WallNow() const override { return now_; }
  std::chrono::steady_clock::time_point SteadyNow() const override {
    return std::chrono::steady_clock::time_point(std::chrono::microseconds(now_.load().time_since_epoch()));
  }
  void Advance(std::chrono::microseconds by) { now_ = now_.load() + by; }

 private:
  std::atomic<TimePoint> now_ = *ParseRfc3339("2026-11-24T12:00:00Z");
};

class CredentialsTest : public ::testing::Test {
 protected:
  ~CredentialsTest() override { std::filesystem::remove_all(folder_); }

  std::string Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
    return folder_ / name;
  }
  std::unique_ptr<CredentialsProvider> Make() {
    const config::Environment environment = [this](const std::string& name) -> std::optional<std::string> {
      const auto at = environment_.find(name);
      return at == environment_.end() ? std::nullopt : std::optional(at->second);
    };
    return MakeCredentialsProvider(config_, environment, clock_);
  }

  const std::filesystem::path folder_ = [] {
    std::string name = ::testing::TempDir() + "credentials.XXXXXX";
    return std::filesystem::path(::mkdtemp(name.data()));
  }();
  StillClock clock_;
  config::ObjectStoreConfig config_;
  std::map<std::string, std::string> environment_;
};

TEST_F(CredentialsTest, TheConfigurationComesFirst) {
  config_.access_key_id = "CONFIG";
  config_.secret_access_key_file = Write("secret", "s3cr3t\n");
  config_.session_token_file = Write("token", "t0ken\n");
  config_.credentials_command = "exit 1";
  environment_ = {{"AWS_ACCESS_KEY_ID", "ENVIRONMENT"}, {"AWS_SECRET_ACCESS_KEY", "x"}};
  const auto credentials = Make()->Get();
  ASSERT_TRUE(credentials.ok()) << credentials.status();
  EXPECT_EQ(*credentials, (Credentials{"CONFIG", "s3cr3t", "t0ken", std::nullopt}));
}

TEST_F(CredentialsTest, TheEnvironmentComesBeforeTheFile) {
  config_.credentials_file = Write("file", "[default]\naws_access_key_id=FILE\naws_secret_access_key=x\n");
  EXPECT_EQ(Make()->Get()->access_key_id, "FILE");
  environment_ = {{"AWS_ACCESS_KEY_ID", "ENVIRONMENT"}, {"AWS_SECRET_ACCESS_KEY", "y"}, {"AWS_SESSION_TOKEN", "z"}};
  EXPECT_EQ(*Make()->Get(), (Credentials{"ENVIRONMENT", "y", "z", std::nullopt}));
}

TEST_F(CredentialsTest, TheFileIsFoundAtHomeAndReadByProfile) {
  std::filesystem::create_directory(folder_ / ".aws");
  Write(".aws/credentials",
        "# ours\r\n[default]\r\naws_access_key_id = D\r\naws_secret_access_key = d/+=\r\n\r\n"
        "[audit]\naws_access_key_id=A\naws_secret_access_key=a=b\naws_session_token = c\n; no more\n[other]\n"
        "aws_access_key_id=O\n");
  environment_["HOME"] = folder_;
  EXPECT_EQ(*Make()->Get(), (Credentials{"D", "d/+=", "", std::nullopt}));
  config_.profile = "audit";
  EXPECT_EQ(*Make()->Get(), (Credentials{"A", "a=b", "c", std::nullopt}));
  for (const char* profile : {"other", "nobody"}) {
    config_.profile = profile;
    const absl::Status status = Make()->Get().status();
    EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
    EXPECT_THAT(std::string(status.message()), HasSubstr(profile));
  }
}

TEST_F(CredentialsTest, SaysWhichFileIsMissing) {
  config_.access_key_id = "A";
  config_.secret_access_key_file = folder_ / "none";
  const absl::Status status = Make()->Get().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(std::string(status.message()), HasSubstr((folder_ / "none").string()));
}

// A line break would let a key write headers of its own.
TEST_F(CredentialsTest, RefusesWhatNoKeyHolds) {
  environment_ = {{"AWS_ACCESS_KEY_ID", "A"}, {"AWS_SECRET_ACCESS_KEY", "s"}, {"AWS_SESSION_TOKEN", "t\r\nX: y"}};
  const absl::Status status = Make()->Get().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("X: y")));
}

// Counts its runs, and gives another key each time.
std::string CountingCommand(const std::filesystem::path& folder, const std::string& expiration) {
  const std::string count = (folder / "count").string();
  return "echo x >> " + count + "; n=$(wc -l < " + count + "); printf '{\"Version\":1,\"AccessKeyId\":\"K%s\"," +
         "\"SecretAccessKey\":\"s\",\"SessionToken\":\"t\",\"Expiration\":\"" + expiration + "\"}' $n";
}

TEST_F(CredentialsTest, TheCommandRunsAgainBeforeWhatItGaveExpires) {
  config_.credentials_command = CountingCommand(folder_, "2026-11-24T13:00:00Z");
  const auto provider = Make();
  EXPECT_EQ(*provider->Get(), (Credentials{"K1", "s", "t", ParseRfc3339("2026-11-24T13:00:00Z")}));
  clock_.Advance(std::chrono::minutes(54));
  EXPECT_EQ(provider->Get()->access_key_id, "K1");
  clock_.Advance(std::chrono::minutes(2));
  EXPECT_EQ(provider->Get()->access_key_id, "K2");  // which expires as soon: not asked for again at every request
  EXPECT_EQ(provider->Get()->access_key_id, "K2");
  clock_.Advance(std::chrono::seconds(31));
  EXPECT_EQ(provider->Get()->access_key_id, "K3");
}

TEST_F(CredentialsTest, WhatStillHoldsIsUsedWhileTheCommandFails) {
  const std::string broken = folder_ / "broken";
  config_.credentials_command =
      "[ ! -e " + broken + " ] || exit 3; " + CountingCommand(folder_, "2026-11-24T13:00:00Z");
  const auto provider = Make();
  ASSERT_EQ(provider->Get()->access_key_id, "K1");
  Write("broken", "");
  clock_.Advance(std::chrono::minutes(57));
  EXPECT_EQ(provider->Get()->access_key_id, "K1");
  clock_.Advance(std::chrono::minutes(3));
  EXPECT_EQ(provider->Get().status(), absl::UnavailableError("credentials_command: failed with exit status 3"));
}

TEST_F(CredentialsTest, RefusedOnesAreAskedForAnew) {
  config_.credentials_command = CountingCommand(folder_, "2026-11-24T13:00:00Z");
  const auto provider = Make();
  const Credentials first = *provider->Get();
  provider->Refused(first);
  const Credentials second = *provider->Get();
  EXPECT_EQ(second.access_key_id, "K2");
  provider->Refused(first);  // the slower of two requests that were refused
  EXPECT_EQ(*provider->Get(), second);
}

TEST_F(CredentialsTest, OneThreadAsksForAll) {
  config_.credentials_command = "sleep 0.1; " + CountingCommand(folder_, "2026-11-24T13:00:00Z");
  const auto provider = Make();
  std::vector<std::thread> threads;
  std::atomic<int> firsts = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] { firsts += provider->Get()->access_key_id == "K1" ? 1 : 0; });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(firsts, 8);
}

TEST(CredentialProcessTest, ReadsWhatTheStandardSays) {
  EXPECT_EQ(*ParseCredentialProcess(R"({"Version":1,"AccessKeyId":"A","SecretAccessKey":"s"})"),
            (Credentials{"A", "s", "", std::nullopt}));
  for (const char* bad : {"", "[]", "{}", R"({"Version":2,"AccessKeyId":"A","SecretAccessKey":"hush"})",
                          R"({"Version":1,"AccessKeyId":"A"})", R"({"Version":1,"SecretAccessKey":"hush"})",
                          R"({"Version":1,"AccessKeyId":"A","SecretAccessKey":"hush","Expiration":"soon"})",
                          R"({"Version":1,"AccessKeyId":"A","SecretAccessKey":"hush hush"})"}) {
    const absl::Status status = ParseCredentialProcess(bad).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << bad;
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("hush")));
  }
}

TEST(CredentialsCommandTest, IsHeldToItsDeadlineWithAllItsChildren) {
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(RunCredentialsCommand("sleep 60 | sleep 60", std::chrono::milliseconds(100)).status().code(),
            absl::StatusCode::kUnavailable);
  EXPECT_EQ(RunCredentialsCommand("exec >&-; sleep 60", std::chrono::milliseconds(100)).status().code(),
            absl::StatusCode::kUnavailable);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
}

TEST(CredentialsCommandTest, IsHeldToItsSizeAndItsErrorsAreThrownAway) {
  EXPECT_EQ(RunCredentialsCommand("yes", std::chrono::seconds(10)).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(*RunCredentialsCommand("echo out; echo err >&2", std::chrono::seconds(10)), "out\n");
}

}  // namespace
}  // namespace affidavit::objectstore
