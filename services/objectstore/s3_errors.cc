#include "services/objectstore/s3_errors.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "core/base/text.h"
#include "services/objectstore/http_transport.h"
#include "services/objectstore/s3_xml.h"

namespace affidavit::objectstore {
namespace {

constexpr const char* kCodePayload = "affidavit.dev/s3-code";
constexpr int kRetryAfterSecondsMax = 60;

struct KnownCode {
  std::string_view code;
  absl::StatusCode meaning;
  Repetition repetition = Repetition::kNever;
  bool blames_credentials = false;
};

using absl::StatusCode;
// Codes whose HTTP status would mislead. What is not here goes by its status.
constexpr std::array kKnownCodes{
    // The caller's fault: the only 400s that are; any other says something about us or the store.
    KnownCode{"BadDigest", StatusCode::kInvalidArgument},
    KnownCode{"EntityTooLarge", StatusCode::kInvalidArgument},
    KnownCode{"InvalidArgument", StatusCode::kInvalidArgument},
    KnownCode{"InvalidDigest", StatusCode::kInvalidArgument},
    KnownCode{"InvalidObjectName", StatusCode::kInvalidArgument},
    KnownCode{"InvalidRequest", StatusCode::kInvalidArgument},
    KnownCode{"InvalidRetentionPeriod", StatusCode::kInvalidArgument},
    KnownCode{"InvalidURI", StatusCode::kInvalidArgument},
    KnownCode{"KeyTooLongError", StatusCode::kInvalidArgument},
    KnownCode{"MalformedXML", StatusCode::kInvalidArgument},
    KnownCode{"MalformedPolicy", StatusCode::kInvalidArgument},
    KnownCode{"MetadataTooLarge", StatusCode::kInvalidArgument},
    KnownCode{"XAmzContentChecksumMismatch", StatusCode::kInvalidArgument},
    KnownCode{"XAmzContentSHA256Mismatch", StatusCode::kInvalidArgument},
    // Of the bucket.
    KnownCode{"NoSuchObjectLockConfiguration", StatusCode::kNotFound},
    KnownCode{"BucketAlreadyExists", StatusCode::kAlreadyExists},
    KnownCode{"BucketAlreadyOwnedByYou", StatusCode::kAlreadyExists},
    KnownCode{"InvalidObjectState", StatusCode::kFailedPrecondition},  // archived; a 403
    // Of our credentials.
    KnownCode{"ExpiredToken", StatusCode::kPermissionDenied, Repetition::kNever, true},
    KnownCode{"InvalidAccessKeyId", StatusCode::kPermissionDenied, Repetition::kNever, true},
    KnownCode{"InvalidToken", StatusCode::kPermissionDenied, Repetition::kNever, true},
    KnownCode{"SignatureDoesNotMatch", StatusCode::kPermissionDenied, Repetition::kNever, true},
    KnownCode{"TokenRefreshRequired", StatusCode::kPermissionDenied, Repetition::kNever, true},
    // Over by itself. A wrong clock is so once somebody sets it; trying again at once changes nothing.
    KnownCode{"RequestTimeTooSkewed", StatusCode::kUnavailable},
    KnownCode{"ConditionalRequestConflict", StatusCode::kUnavailable, Repetition::kSurelyNotDone},
    KnownCode{"OperationAborted", StatusCode::kUnavailable, Repetition::kSurelyNotDone},
    KnownCode{"RequestTimeout", StatusCode::kUnavailable, Repetition::kSurelyNotDone},
    KnownCode{"ServiceUnavailable", StatusCode::kUnavailable, Repetition::kSurelyNotDone},
    KnownCode{"SlowDown", StatusCode::kUnavailable, Repetition::kSurelyNotDone},
    KnownCode{"ThrottlingException", StatusCode::kUnavailable, Repetition::kSurelyNotDone},
};

KnownCode MeaningOfStatus(int status) {
  switch (status) {
    case 401:
    case 403:
      return {"", StatusCode::kPermissionDenied};
    case 404:
      return {"", StatusCode::kNotFound};
    case 412:
      return {"", StatusCode::kAlreadyExists};
    case 411:
    case 413:
    case 414:
      return {"", StatusCode::kInvalidArgument};
    case 429:
      return {"", StatusCode::kUnavailable, Repetition::kSurelyNotDone};
    case 405:
    case 501:
      return {"", StatusCode::kFailedPrecondition};
    default:
      break;
  }
  if (status >= 500 || status == 408) {
    return {"", StatusCode::kUnavailable, Repetition::kPerhapsDone};
  }
  // Redirects (a bucket of another region) and every refusal that is not plainly about the request.
  return {"", status >= 300 ? StatusCode::kFailedPrecondition : StatusCode::kInternal};
}

KnownCode MeaningOf(std::string_view operation, int status, std::string_view code, bool asks_for_lock) {
  if (status == 405 && (operation == "HeadObject" || operation == "GetObject")) {
    return {code, StatusCode::kNotFound};  // a delete marker asked for by its version
  }
  if (code == "InvalidRequest" && asks_for_lock) {
    return {code, StatusCode::kFailedPrecondition};
  }
  const auto* known = std::find_if(kKnownCodes.begin(), kKnownCodes.end(),
                                   [code](const KnownCode& entry) { return entry.code == code; });
  return known != kKnownCodes.end() ? *known : MeaningOfStatus(status);
}

std::string HeaderOr(const HttpResult& result, const std::string& name, const std::string& otherwise) {
  const auto at = result.headers.find(name);
  return at == result.headers.end() ? otherwise : at->second;
}

// Only what is made of harmless characters is repeated in a message.
std::string Harmless(std::string_view text) {
  std::string harmless;
  for (const char c : text.substr(0, 64)) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-') {
      harmless += c;
    }
  }
  return harmless;
}

std::chrono::seconds RetryAfter(const HttpResult& result) {
  int seconds = 0;
  const bool is_number = absl::SimpleAtoi(HeaderOr(result, "retry-after", "0"), &seconds);
  return std::chrono::seconds(is_number ? std::clamp(seconds, 0, kRetryAfterSecondsMax) : 0);
}

S3Fault ExplainSilence(std::string_view operation, const HttpResult& result) {
  const absl::StatusCode meaning = result.is_too_big ? StatusCode::kInternal : StatusCode::kUnavailable;
  const Repetition repetition = result.is_too_big ? Repetition::kNever
                                : result.was_sent ? Repetition::kPerhapsDone
                                                  : Repetition::kSurelyNotDone;
  return {.status = absl::Status(meaning, Concat({operation, ": no answer: ", result.failure})),
          .repetition = repetition};
}

}  // namespace

S3Fault ExplainFault(std::string_view operation, bool asks_for_lock, const HttpResult& result) {
  if (result.status == 0) {
    return ExplainSilence(operation, result);
  }
  const std::string code = Harmless(ErrorCodeIn(result.body));
  const KnownCode meaning = MeaningOf(operation, result.status, code, asks_for_lock);
  std::string message = Concat({operation, ": ", std::to_string(result.status)});
  if (!code.empty()) {
    message += " " + code;
  }
  if (const std::string region = Harmless(HeaderOr(result, "x-amz-bucket-region", ""));
      !region.empty() && (result.status == 301 || result.status == 307 || result.status == 400)) {
    message += ", the bucket is in region " + region;
  }
  if (const std::string id = Harmless(HeaderOr(result, "x-amz-request-id", "")); !id.empty()) {
    message += " (request " + id + ")";
  }
  S3Fault fault{.status = absl::Status(meaning.meaning, message),
                .repetition = meaning.repetition,
                .blames_credentials = meaning.blames_credentials,
                .retry_after = RetryAfter(result)};
  if (!code.empty()) {
    fault.status.SetPayload(kCodePayload, absl::Cord(code));
  }
  return fault;
}

std::string S3CodeOf(const absl::Status& status) {
  const auto code = status.GetPayload(kCodePayload);
  return code.has_value() ? std::string(*code) : "";
}

}  // namespace affidavit::objectstore
