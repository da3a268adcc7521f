#include "services/ledger/wire/status.h"

#include <string_view>
#include <utility>

#include "absl/strings/strip.h"
#include "google/rpc/error_details.pb.h"

namespace affidavit::ledger {
namespace {

constexpr std::string_view kDomain = "affidavit.v1";
constexpr std::chrono::milliseconds kRetryDelayDefault{500};

google::rpc::ErrorInfo ErrorInfoOf(const WireError& error) {
  google::rpc::ErrorInfo info;
  info.set_reason(ReasonName(error.reason));
  info.set_domain(std::string(kDomain));
  info.mutable_metadata()->insert(error.metadata.begin(), error.metadata.end());
  return info;
}

google::rpc::BadRequest BadRequestOf(const WireError& error) {
  google::rpc::BadRequest bad_request;
  for (const WireError::Violation& violation : error.violations) {
    auto* field_violation = bad_request.add_field_violations();
    field_violation->set_field(violation.field);
    field_violation->set_description(violation.description);
  }
  return bad_request;
}

google::rpc::RetryInfo RetryInfoOf(std::chrono::milliseconds delay) {
  google::rpc::RetryInfo retry_info;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(delay);
  retry_info.mutable_retry_delay()->set_seconds(seconds.count());
  retry_info.mutable_retry_delay()->set_nanos(static_cast<int32_t>(std::chrono::nanoseconds(delay - seconds).count()));
  return retry_info;
}

}  // namespace

google::rpc::Status ToRpcStatus(const WireError& error) {
  google::rpc::Status status;
  status.set_code(static_cast<int32_t>(error.code));
  status.set_message(error.message);
  status.add_details()->PackFrom(ErrorInfoOf(error));
  if (!error.violations.empty()) {
    status.add_details()->PackFrom(BadRequestOf(error));
  }
  if (error.retry_delay) {
    status.add_details()->PackFrom(RetryInfoOf(*error.retry_delay));
  }
  return status;
}

grpc::Status ToGrpcStatus(const WireError& error) {
  return {error.code, error.message, ToRpcStatus(error).SerializeAsString()};
}

std::string ReasonName(v1::ErrorReason reason) {
  return std::string(absl::StripPrefix(v1::ErrorReason_Name(reason), "ERROR_REASON_"));
}

WireError InvalidRequest(v1::ErrorReason reason, std::vector<WireError::Violation> violations) {
  std::string message = violations.size() == 1 ? violations.front().field + " " + violations.front().description
                                               : std::to_string(violations.size()) + " fields are invalid";
  return {.code = grpc::StatusCode::INVALID_ARGUMENT,
          .reason = reason,
          .message = std::move(message),
          .violations = std::move(violations)};
}

WireError StoreError(const absl::Status& status) {
  if (status.code() == absl::StatusCode::kDataLoss) {
    return {.code = grpc::StatusCode::DATA_LOSS,
            .reason = v1::ERROR_REASON_ENTRY_CORRUPT,
            .message = "stored bytes do not match their digest: run `affidavit fsck`"};
  }
  return {.code = grpc::StatusCode::UNAVAILABLE,
          .reason = v1::ERROR_REASON_STORE_UNAVAILABLE,
          .message = "the database cannot be used at the moment",
          .retry_delay = kRetryDelayDefault};
}

}  // namespace affidavit::ledger
