#include "services/ledger/wire/entry_errors.h"

namespace affidavit::ledger {

WireError NoSuchEntry() {
  return {.code = grpc::StatusCode::NOT_FOUND,
          .reason = v1::ERROR_REASON_ENTRY_NOT_FOUND,
          .message = "there is no such entry"};
}

WireError AmbiguousId(const std::string& message, const std::string& candidates) {
  return {.code = grpc::StatusCode::FAILED_PRECONDITION,
          .reason = v1::ERROR_REASON_AMBIGUOUS_ID,
          .message = message,
          .metadata = {{"candidates", candidates}}};
}

WireError ProofTooLarge(const std::string& what) {
  return {.code = grpc::StatusCode::RESOURCE_EXHAUSTED, .reason = v1::ERROR_REASON_PROOF_TOO_LARGE, .message = what};
}

}  // namespace affidavit::ledger
