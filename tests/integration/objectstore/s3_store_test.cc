// What only S3 does, against the server of scripts/with-object-store.
#include "services/objectstore/s3_store.h"

#include "gtest/gtest.h"
#include "tests/support/s3_server.h"

namespace affidavit::testing {
namespace {

using absl::StatusCode;
using objectstore::OpenS3Store;
using objectstore::PutRequest;

PutRequest LockedForAnHour() {
  return {.key = "k",
          .body = "body",
          .sha256 = Sha256("body"),
          .retain_until = SystemClock().WallNow() + std::chrono::hours(1)};
}

std::string CommandThatPrints(const std::string& id, const std::string& secret) {
  return "echo '{\"Version\":1,\"AccessKeyId\":\"" + id + "\",\"SecretAccessKey\":\"" + secret + "\"}'";
}

std::string CommandOfTheOwner() {
  return CommandThatPrints(S3Variable("ACCESS_KEY"), S3Variable("SECRET_KEY"));
}

TEST(S3StoreTest, ATlsServerIsTrustedByItsAuthorityOnly) {
  const auto plain = MakeTestBucket();
  const std::string name = plain->Name();  // s3://bucket/
  config::ObjectStoreConfig config = S3TestConfig(name.substr(5, name.size() - 6));
  config.endpoint = S3Variable("TLS_ENDPOINT");
  config.credentials_command = CommandOfTheOwner();
  config.ca_file = S3Variable("CA_FILE");
  const auto trusting = OpenS3Store(config);
  ASSERT_TRUE(trusting.ok());
  const auto put = (*trusting)->Put(LockedForAnHour());
  ASSERT_TRUE(put.ok()) << put.status();
  EXPECT_EQ(plain->Get("k", put->version_id)->body, "body");

  config.ca_file.clear();
  config.timeout_seconds = 1;
  EXPECT_EQ((*OpenS3Store(config))->Head("k", "").status().code(), StatusCode::kUnavailable);
}

TEST(S3StoreTest, ABucketWithoutLocksLocksNothing) {
  const auto store = MakeTestBucket(/*object_lock=*/false);
  EXPECT_EQ(store->Put(LockedForAnHour()).status().code(), StatusCode::kFailedPrecondition);
  PutRequest request = LockedForAnHour();
  request.retain_until.reset();
  ASSERT_TRUE(store->Put(request).ok());
  EXPECT_EQ(store->SetLegalHold("k", "", true).code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(store->ExtendRetention("k", "", *LockedForAnHour().retain_until).code(), StatusCode::kFailedPrecondition);
  const auto properties = store->Describe();
  ASSERT_TRUE(properties.ok()) << properties.status();
  EXPECT_FALSE(properties->object_lock || properties->versioning || properties->is_worm);
}

TEST(S3StoreTest, WhoWouldWeakenALockIsRefused) {
  const auto store = MakeTestBucket();
  const auto put = store->Put(LockedForAnHour());
  ASSERT_TRUE(put.ok()) << put.status();
  const TimePoint sooner = SystemClock().WallNow() + std::chrono::minutes(1);
  const TimePoint later = SystemClock().WallNow() + std::chrono::hours(2);
  EXPECT_EQ(store->PutRetention("k", put->version_id, "COMPLIANCE", sooner, true).code(),
            StatusCode::kPermissionDenied);
  EXPECT_EQ(store->PutRetention("k", put->version_id, "GOVERNANCE", later, true).code(), StatusCode::kPermissionDenied);
  EXPECT_EQ(store->Delete("k", put->version_id).code(), StatusCode::kPermissionDenied);
}

TEST(S3StoreTest, NoBucketAndNoSuchUserAreToldApart) {
  config::ObjectStoreConfig config = S3TestConfig(NewBucketName());
  config.credentials_command = CommandOfTheOwner();
  EXPECT_EQ((*OpenS3Store(config))->Describe().status().code(), StatusCode::kNotFound);
  config.credentials_command = CommandThatPrints("nobody", "x");
  EXPECT_EQ((*OpenS3Store(config))->Describe().status().code(), StatusCode::kPermissionDenied);
}

}  // namespace
}  // namespace affidavit::testing
