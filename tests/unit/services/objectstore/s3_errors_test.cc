#include "services/objectstore/s3_errors.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/objectstore/http_transport.h"

namespace affidavit::objectstore {
namespace {

using absl::StatusCode;

HttpResult Refusal(int status, const std::string& code) {
  return {.status = status, .body = absl::StrCat("<Error><Code>", code, "</Code><Message>x</Message></Error>")};
}

struct ErrorCase {
  int status;
  const char* code;
  StatusCode meaning;
  Repetition repetition = Repetition::kNever;
  bool blames_credentials = false;
};

TEST(S3ErrorsTest, MeansWhatTheInterfaceSays) {
  const ErrorCase cases[] = {
      {404, "NoSuchKey", StatusCode::kNotFound},
      {404, "NoSuchBucket", StatusCode::kNotFound},
      {404, "NoSuchVersion", StatusCode::kNotFound},
      {404, "ObjectLockConfigurationNotFoundError", StatusCode::kNotFound},
      {400, "NoSuchObjectLockConfiguration", StatusCode::kNotFound},
      {403, "AccessDenied", StatusCode::kPermissionDenied},
      {403, "InvalidObjectState", StatusCode::kFailedPrecondition},
      {403, "InvalidAccessKeyId", StatusCode::kPermissionDenied, Repetition::kNever, true},
      {400, "ExpiredToken", StatusCode::kPermissionDenied, Repetition::kNever, true},
      {403, "RequestTimeTooSkewed", StatusCode::kUnavailable},
      {412, "PreconditionFailed", StatusCode::kAlreadyExists},
      {409, "ConditionalRequestConflict", StatusCode::kUnavailable, Repetition::kSurelyNotDone},
      {409, "InvalidBucketState", StatusCode::kFailedPrecondition},
      {400, "KeyTooLongError", StatusCode::kInvalidArgument},
      {400, "BadDigest", StatusCode::kInvalidArgument},
      {400, "InvalidRequest", StatusCode::kInvalidArgument},
      {400, "AuthorizationHeaderMalformed", StatusCode::kFailedPrecondition},
      {400, "KMS.DisabledException", StatusCode::kFailedPrecondition},
      {301, "PermanentRedirect", StatusCode::kFailedPrecondition},
      {501, "NotImplemented", StatusCode::kFailedPrecondition},
      {503, "SlowDown", StatusCode::kUnavailable, Repetition::kSurelyNotDone},
      {429, "TooManyRequests", StatusCode::kUnavailable, Repetition::kSurelyNotDone},
      {500, "InternalError", StatusCode::kUnavailable, Repetition::kPerhapsDone},
      {504, "", StatusCode::kUnavailable, Repetition::kPerhapsDone},
      {204 - 100, "", StatusCode::kInternal},
  };
  for (const ErrorCase& expected : cases) {
    const S3Fault fault = ExplainFault("PutObject", false, Refusal(expected.status, expected.code));
    EXPECT_EQ(fault.status.code(), expected.meaning) << expected.status << " " << expected.code;
    EXPECT_EQ(fault.repetition, expected.repetition) << expected.code;
    EXPECT_EQ(fault.blames_credentials, expected.blames_credentials) << expected.code;
    EXPECT_EQ(S3CodeOf(fault.status), expected.code);
  }
}

TEST(S3ErrorsTest, ALockAskedOfABucketWithoutLocksIsNotTheCallersFault) {
  EXPECT_EQ(ExplainFault("PutObject", true, Refusal(400, "InvalidRequest")).status.code(),
            StatusCode::kFailedPrecondition);
}

TEST(S3ErrorsTest, ADeleteMarkerIsNoObject) {
  EXPECT_EQ(ExplainFault("HeadObject", false, {.status = 405}).status.code(), StatusCode::kNotFound);
  EXPECT_EQ(ExplainFault("PutObject", false, {.status = 405}).status.code(), StatusCode::kFailedPrecondition);
}

TEST(S3ErrorsTest, RepeatsOnlyHarmlessPartsOfAnAnswer) {
  HttpResult result = Refusal(400, "Bad\nCode &lt;script&gt;");
  result.headers = {{"x-amz-request-id", "tx-1/\x1b[31m"}, {"x-amz-bucket-region", "eu-west-1"}};
  EXPECT_EQ(ExplainFault("GetObject", false, result).status.message(),
            "GetObject: 400 BadCodescript, the bucket is in region eu-west-1 (request tx-131m)");
}

TEST(S3ErrorsTest, SilenceIsTransientAndSaysWhetherItMayHaveBeenDone) {
  const S3Fault unsent = ExplainFault("PutObject", false, {.failure = "Connection refused"});
  EXPECT_EQ(unsent.status, absl::UnavailableError("PutObject: no answer: Connection refused"));
  EXPECT_EQ(unsent.repetition, Repetition::kSurelyNotDone);
  EXPECT_EQ(ExplainFault("PutObject", false, {.failure = "reset", .was_sent = true}).repetition,
            Repetition::kPerhapsDone);
  const S3Fault big = ExplainFault("GetObject", false, {.failure = "too long", .was_sent = true, .is_too_big = true});
  EXPECT_EQ(big.status.code(), StatusCode::kInternal);
  EXPECT_EQ(big.repetition, Repetition::kNever);
}

TEST(S3ErrorsTest, HeedsRetryAfterWithinReason) {
  HttpResult result = Refusal(503, "SlowDown");
  for (const auto& [text, seconds] : std::map<std::string, int>{{"3", 3}, {"99999", 60}, {"-1", 0}, {"soon", 0}}) {
    result.headers["retry-after"] = text;
    EXPECT_EQ(ExplainFault("PutObject", false, result).retry_after, std::chrono::seconds(seconds)) << text;
  }
}

}  // namespace
}  // namespace affidavit::objectstore
