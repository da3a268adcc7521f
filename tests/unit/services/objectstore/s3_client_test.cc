// The store's requests and its patience, against a server that says whatever the test wants.
#include <mutex>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/objectstore/s3_store.h"
#include "tests/support/small_http_server.h"

namespace affidavit::objectstore {
namespace {

using ::testing::HasSubstr;
using testing::HttpRequest;
using testing::HttpResponse;
using ::testing::Not;
using testing::SmallHttpServer;

HttpResponse RefusalOf(int status, const std::string& code) {
  return {.status = status, .content_type = "application/xml", .body = "<Error><Code>" + code + "</Code></Error>"};
}

class S3ClientTest : public ::testing::Test {
 protected:
  // Answers each request with the next one of `answers`, the last one for ever.
  void Script(std::vector<HttpResponse> answers) {
    const std::lock_guard lock(mutex_);
    answers_ = std::move(answers);
  }
  std::vector<HttpRequest> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  std::unique_ptr<S3Store> Open(int timeout_seconds = 10) {
    config::ObjectStoreConfig config;
    config.endpoint = server_.url();
    config.bucket = "bucket";
    config.prefix = "pre/";
    config.path_style = true;
    config.credentials_command = credentials_command_;
    config.timeout_seconds = timeout_seconds;
    return *OpenS3Store(config, {.environment = environment_,
                                 .backoff_first = std::chrono::milliseconds(1),
                                 .backoff_max = std::chrono::milliseconds(20)});
  }
  PutRequest Request() const {
    return {.key = "k", .body = "body", .sha256 = Sha256("body"), .metadata = {{"audit_hash", "x"}}};
  }

  config::Environment environment_ = [](const std::string& name) -> std::optional<std::string> {
    return name == "AWS_SESSION_TOKEN" ? std::nullopt : std::optional<std::string>("KEY-" + name);
  };
  std::string credentials_command_;

 private:
  std::mutex mutex_;
  std::vector<HttpResponse> answers_{{}};
  std::vector<HttpRequest> requests_;
  SmallHttpServer server_{[this](const HttpRequest& request) {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
    return answers_[std::min(requests_.size(), answers_.size()) - 1];
  }};
};

TEST_F(S3ClientTest, APutSaysAllAboutItsObject) {
  Script({{.headers = "x-amz-version-id: v1\r\nDate: Tue, 24 Nov 2026 15:10:15 GMT\r\n"}});
  PutRequest request = Request();
  request.key = "a b/../ü";
  request.retain_until = SystemClock().WallNow() + std::chrono::hours(24);
  request.legal_hold = true;
  request.only_if_absent = true;
  const auto result = Open()->Put(request);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->version_id, "v1");
  EXPECT_EQ(result->store_time, *ParseRfc3339("2026-11-24T15:10:15Z"));

  const HttpRequest sent = requests().at(0);
  EXPECT_EQ(sent.path, "/bucket/pre/a%20b/../%C3%BC");
  EXPECT_EQ(sent.body, "body");
  for (const char* header : {"x-amz-object-lock-mode: COMPLIANCE\r\n", "x-amz-object-lock-legal-hold: ON\r\n",
                             "x-amz-object-lock-retain-until-date: 20", "If-None-Match: *\r\n",
                             "x-amz-checksum-sha256: Iw2DWNyOiJC0xY3utikS7i8gNXrpKlzIYbmOaP4xrLU=\r\n",
                             "Content-MD5: hBotaJrYa9FhFEdFPCLG/A==\r\n", "x-amz-meta-audit_hash: x\r\n",
                             "Content-Type: application/octet-stream\r\n", "Content-Length: 4\r\n"}) {
    EXPECT_THAT(sent.head, HasSubstr(header));
  }
  EXPECT_THAT(sent.head, Not(HasSubstr("Expect:")));
  EXPECT_THAT(sent.head, Not(HasSubstr("KEY-AWS_SECRET_ACCESS_KEY")));
}

TEST_F(S3ClientTest, SlowDownIsWaitedOut) {
  Script({RefusalOf(503, "SlowDown"), RefusalOf(429, ""), RefusalOf(409, "ConditionalRequestConflict"), {}});
  EXPECT_TRUE(Open()->Put(Request()).ok());
  EXPECT_EQ(requests().size(), 4U);
}

// A second put is a second version: only the caller can find out whether it is needed.
TEST_F(S3ClientTest, APutThatMayHaveBeenDoneIsNotRepeated) {
  Script({RefusalOf(500, "InternalError"), {}});
  EXPECT_EQ(Open()->Put(Request()).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(requests().size(), 1U);
}

TEST_F(S3ClientTest, APutWhoseAnswerIsLostIsNotRepeated) {
  Script({{.status = 0}, {}});
  const auto result = Open()->Put(Request());
  EXPECT_EQ(result.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(requests().size(), 1U);
}

TEST_F(S3ClientTest, WhatTwiceIsAsGoodAsOnceIsRepeated) {
  Script({{.status = 0}, RefusalOf(500, "InternalError"), {.status = 204}});
  EXPECT_TRUE(Open()->SetLegalHold("k", "v", true).ok());
  EXPECT_EQ(requests().size(), 3U);
  EXPECT_EQ(requests()[2].path, "/bucket/pre/k?legal-hold=&versionId=v");
}

TEST_F(S3ClientTest, PatienceEndsWithItsDeadline) {
  Script({RefusalOf(503, "SlowDown")});
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(Open(/*timeout_seconds=*/1)->Put(Request()).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
  EXPECT_GT(requests().size(), 5U);
}

TEST_F(S3ClientTest, ARefusalForGoodIsNotRepeated) {
  Script({RefusalOf(403, "AccessDenied")});
  EXPECT_EQ(Open()->Delete("k", "v").code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(requests().size(), 1U);
}

TEST_F(S3ClientTest, RefusedCredentialsAreRenewedOnce) {
  std::string name = ::testing::TempDir() + "renewed.XXXXXX";
  const int file = ::mkstemp(name.data());
  credentials_command_ = "echo x >> " + name + "; printf '{\"Version\":1,\"AccessKeyId\":\"K%s\"," +
                         "\"SecretAccessKey\":\"s\",\"SessionToken\":\"token\"}' $(wc -l < " + name + ")";
  Script({RefusalOf(400, "ExpiredToken"), {}});
  EXPECT_TRUE(Open()->Put(Request()).ok());
  ASSERT_EQ(requests().size(), 2U);
  EXPECT_THAT(requests()[0].head, HasSubstr("Credential=K1/"));
  EXPECT_THAT(requests()[1].head, HasSubstr("Credential=K2/"));
  EXPECT_THAT(requests()[1].head, HasSubstr("x-amz-security-token: token\r\n"));
  EXPECT_THAT(requests()[1].head, HasSubstr("x-amz-date;x-amz-meta-audit_hash;x-amz-security-token,Signature="));
  ::close(file);
  ::unlink(name.c_str());
}

TEST_F(S3ClientTest, WhatIsNotItsChecksumIsDataLoss) {
  const std::string checksum = "x-amz-checksum-sha256: Iw2DWNyOiJC0xY3utikS7i8gNXrpKlzIYbmOaP4xrLU=\r\n";
  Script({{.body = "body", .headers = checksum}, {.body = "bodY", .headers = checksum}});
  const auto store = Open();
  const auto good = store->Get("k", "");
  ASSERT_TRUE(good.ok()) << good.status();
  EXPECT_EQ(good->body, "body");
  EXPECT_EQ(store->Get("k", "").status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(S3ClientTest, ThawsOnlyWhatIsArchived) {
  const HttpResponse archived{.headers = "x-amz-storage-class: GLACIER\r\n"};
  Script({{}, archived, {.status = 202}, archived, RefusalOf(409, "RestoreAlreadyInProgress")});
  const auto store = Open();
  EXPECT_TRUE(store->Thaw("k", "v", 3).ok());
  EXPECT_TRUE(store->Thaw("k", "v", 3).ok());
  EXPECT_TRUE(store->Thaw("k", "v", 3).ok());
  ASSERT_EQ(requests().size(), 5U);
  EXPECT_EQ(requests()[2].method, "POST");
  EXPECT_EQ(requests()[2].path, "/bucket/pre/k?restore=&versionId=v");
  EXPECT_THAT(requests()[2].body, HasSubstr("<Days>3</Days>"));
}

TEST_F(S3ClientTest, ABucketWithoutALockIsDescribedAndAnAnswerNobodyUnderstandsIsInternal) {
  const HttpResponse versioned{.body = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"};
  Script({versioned, RefusalOf(404, "ObjectLockConfigurationNotFoundError"), {.body = "<html/>"}});
  const auto store = Open();
  const auto properties = store->Describe();
  ASSERT_TRUE(properties.ok()) << properties.status();
  EXPECT_TRUE(properties->versioning);
  EXPECT_FALSE(properties->object_lock);
  EXPECT_FALSE(properties->is_worm);
  EXPECT_EQ(store->Describe().status().code(), absl::StatusCode::kInternal);
}

TEST_F(S3ClientTest, RefusesBadKeysAndPastTimesItself) {
  const auto store = Open();
  for (const std::string& key : {std::string(), std::string(1021, 'k'), std::string("\xff"), std::string("a\0b", 3)}) {
    EXPECT_EQ(store->Head(key, "").status().code(), absl::StatusCode::kInvalidArgument);
  }
  EXPECT_EQ(store->ExtendRetention("k", "v", SystemClock().WallNow()).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(requests().empty());
}

}  // namespace
}  // namespace affidavit::objectstore
