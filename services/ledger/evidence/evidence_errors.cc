#include "services/ledger/evidence/evidence_errors.h"

namespace affidavit::ledger {
namespace {

constexpr std::chrono::milliseconds kDrainingRetryDelay{1'000};

}  // namespace

WireError SigningNotConfigured() {
  return {.code = grpc::StatusCode::FAILED_PRECONDITION,
          .reason = v1::ERROR_REASON_SIGNING_NOT_CONFIGURED,
          .message = "this ledger publishes no checkpoints: its configuration has no [signing] section"};
}

WireError LogIsRolledBack(const absl::Status& why) {
  return {.code = grpc::StatusCode::FAILED_PRECONDITION,
          .reason = v1::ERROR_REASON_LOG_ROLLED_BACK,
          .message = std::string(why.message()) + ": nothing is proved until an operator has run `affidavit recover`"};
}

WireError TreeSizeNotPublished(std::chrono::milliseconds retry_delay) {
  return {.code = grpc::StatusCode::FAILED_PRECONDITION,
          .reason = v1::ERROR_REASON_TREE_SIZE_NOT_PUBLISHED,
          .message = "no checkpoint covers it yet",
          .retry_delay = retry_delay};
}

WireError CheckpointNotFound() {
  return {.code = grpc::StatusCode::NOT_FOUND,
          .reason = v1::ERROR_REASON_CHECKPOINT_NOT_FOUND,
          .message = "there is no such checkpoint"};
}

WireError Draining() {
  return {.code = grpc::StatusCode::UNAVAILABLE,
          .reason = v1::ERROR_REASON_DRAINING,
          .message = "the ledger is stopping",
          .retry_delay = kDrainingRetryDelay};
}

}  // namespace affidavit::ledger
