// Errors on the wire (AIP-193): a canonical code, a message, and google.rpc.Status details that always hold one
// ErrorInfo with a reason of error_reason.proto, BadRequest where fields are at fault, RetryInfo where a retry can
// help. Messages and descriptions name rules, never values. Pure, thread-safe.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "affidavit/v1/error_reason.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/support/status.h"

namespace affidavit::ledger {

struct WireError {
  grpc::StatusCode code = grpc::StatusCode::UNAVAILABLE;
  v1::ErrorReason reason = v1::ERROR_REASON_UNSPECIFIED;
  std::string message;

  struct Violation {
    std::string field;
    std::string description;
  };
  std::vector<Violation> violations;            // BadRequest
  std::map<std::string, std::string> metadata;  // of the ErrorInfo
  std::optional<std::chrono::milliseconds> retry_delay;
};

// As one result of a batch carries it.
google::rpc::Status ToRpcStatus(const WireError& error);

// As a whole call fails with it: the same google.rpc.Status, serialized into the details.
grpc::Status ToGrpcStatus(const WireError& error);

// "SOURCE_UNKNOWN" for ERROR_REASON_SOURCE_UNKNOWN.
std::string ReasonName(v1::ErrorReason reason);

// INVALID_ARGUMENT with `violations`, which are all that is wrong with the request.
WireError InvalidRequest(v1::ErrorReason reason, std::vector<WireError::Violation> violations);

// What a read that failed says: DATA_LOSS is ENTRY_CORRUPT, everything else STORE_UNAVAILABLE with a RetryInfo. The
// database's own words stay in our log.
WireError StoreError(const absl::Status& status);

}  // namespace affidavit::ledger
