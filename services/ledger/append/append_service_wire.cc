#include "services/ledger/append/append_service_wire.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_join.h"
#include "services/ledger/wire/convert.h"

namespace affidavit::ledger {
namespace {

constexpr std::chrono::milliseconds kRetryDelay{500};
constexpr std::chrono::seconds kClockRetryDelay{5};

bool SameBatchHelps(Refusal refusal) {
  return refusal == Refusal::kStoreUnavailable || refusal == Refusal::kCommitUnknown || refusal == Refusal::kDraining ||
         refusal == Refusal::kLogRolledBack;
}

WireError Transient(v1::ErrorReason reason, std::string message, std::chrono::milliseconds retry_delay) {
  return {.code = grpc::StatusCode::UNAVAILABLE,
          .reason = reason,
          .message = std::move(message),
          .retry_delay = retry_delay};
}

}  // namespace

IncomingEnvelope FromProto(const v1::Envelope& envelope, const std::string& adapter_id) {
  IncomingEnvelope incoming{.source = envelope.source(),
                            .payload = envelope.payload(),
                            .provenance = envelope.provenance(),
                            .adapter_id = adapter_id,
                            .request_id = envelope.request_id()};
  if (envelope.has_receive_time()) {
    incoming.receive_time = FromTimestamp(envelope.receive_time());
  }
  if (envelope.has_signature()) {
    incoming.signature = FromProto(envelope.signature());
  }
  return incoming;
}

IncomingRecord FromProto(const v1::Record& record) {
  IncomingRecord incoming{.kind = FromProto(record.kind()).value_or(EntryKind::kEnvelope),
                          .source = record.source(),
                          .idempotency_key = record.idempotency_key(),
                          .payload = record.payload(),
                          .event_type = record.event_type(),
                          .channel = record.channel(),
                          .message_id = record.message_id(),
                          .correlation_id = record.correlation_id(),
                          .has_event_time = record.has_event_time()};
  if (record.has_event_time()) {
    incoming.event_time = FromTimestamp(record.event_time());
  }
  return incoming;
}

std::vector<WireError::Violation> ToWire(const std::vector<FieldViolation>& violations, const std::string& prefix) {
  std::vector<WireError::Violation> wire;
  wire.reserve(violations.size());
  for (const FieldViolation& violation : violations) {
    wire.push_back({prefix + "." + violation.field, violation.description});
  }
  return wire;
}

WireError ErrorOf(Refusal refusal) {
  switch (refusal) {
    case Refusal::kClockSkew:
      return Transient(v1::ERROR_REASON_CLOCK_SKEW,
                       "receive_time is ahead of the database's clock, or older than a spool explains",
                       kClockRetryDelay);
    case Refusal::kCommitUnknown:
      return Transient(v1::ERROR_REASON_COMMIT_UNKNOWN,
                       "the outcome of the commit could not be learnt in time: retry the same batch", kRetryDelay);
    case Refusal::kDraining:
      return Transient(v1::ERROR_REASON_DRAINING, "the ledger is stopping", kRetryDelay);
    case Refusal::kEntryRefused:
      return {.code = grpc::StatusCode::INTERNAL,
              .reason = v1::ERROR_REASON_ENTRY_REFUSED,
              .message = "the database refuses this entry: see the ledger's log"};
    case Refusal::kLogRolledBack:
      return LogRolledBack("the log is smaller than its last signed checkpoint");
    case Refusal::kStoreUnavailable:
    case Refusal::kNone:
      break;
  }
  return Transient(v1::ERROR_REASON_STORE_UNAVAILABLE, "the database cannot be used at the moment", kRetryDelay);
}

WireError LogRolledBack(const std::string& why) {
  return {.code = grpc::StatusCode::FAILED_PRECONDITION,
          .reason = v1::ERROR_REASON_LOG_ROLLED_BACK,
          .message = why + ": nothing is appended until an operator has run `affidavit recover`"};
}

std::optional<WireError> ErrorOfGate(const absl::Status& gate) {
  if (gate.ok()) {
    return std::nullopt;
  }
  if (gate.code() == absl::StatusCode::kFailedPrecondition) {
    return LogRolledBack(std::string(gate.message()));
  }
  return Transient(v1::ERROR_REASON_STORE_UNAVAILABLE, std::string(gate.message()), kRetryDelay);
}

WireError MissingEntries(const std::vector<int64_t>& leaf_indexes) {
  return {.code = grpc::StatusCode::NOT_FOUND,
          .reason = v1::ERROR_REASON_ENTRY_NOT_FOUND,
          .message = "no entry has this leaf_index",
          .metadata = {{"leaf_indexes", absl::StrJoin(leaf_indexes, ",")}}};
}

WireError NotReadmittableEntries(const std::vector<int64_t>& leaf_indexes) {
  return {.code = grpc::StatusCode::FAILED_PRECONDITION,
          .reason = v1::ERROR_REASON_ENTRY_NOT_READMITTABLE,
          .message = "only quarantined and excluded entries whose payload is still kept can be readmitted",
          .metadata = {{"leaf_indexes", absl::StrJoin(leaf_indexes, ",")}}};
}

v1::AppendOutcome ToProto(AppendOutcome outcome) {
  switch (outcome) {
    case AppendOutcome::kAccepted:
      return v1::APPEND_OUTCOME_ACCEPTED;
    case AppendOutcome::kDuplicate:
      return v1::APPEND_OUTCOME_DUPLICATE;
    case AppendOutcome::kConflict:
      return v1::APPEND_OUTCOME_CONFLICT;
    case AppendOutcome::kExcluded:
      return v1::APPEND_OUTCOME_EXCLUDED;
    case AppendOutcome::kQuarantined:
      return v1::APPEND_OUTCOME_QUARANTINED;
    case AppendOutcome::kRefused:
      return v1::APPEND_OUTCOME_REFUSED;
  }
  return v1::APPEND_OUTCOME_UNSPECIFIED;
}

v1::AppendResult ToProto(const PreparedEntry& prepared, const AppendAnswer& answer) {
  v1::AppendResult result;
  if (answer.outcome == AppendOutcome::kRefused) {
    result = RefusedResult(ErrorOf(answer.refusal));
    result.set_payload_sha256(std::string(AsBytes(prepared.entry.fields.payload_sha256)));
    return result;
  }
  result.set_outcome(ToProto(answer.outcome));
  result.set_payload_sha256(std::string(AsBytes(answer.payload_sha256)));
  result.set_leaf_index(answer.leaf_index);
  if (answer.outcome != AppendOutcome::kQuarantined) {
    result.set_event_id(prepared.entry.fields.event_id);
  }
  if (answer.outcome == AppendOutcome::kExcluded || answer.outcome == AppendOutcome::kQuarantined) {
    result.set_reason(prepared.reason);
  }
  return result;
}

v1::AppendResult RefusedResult(const WireError& error) {
  v1::AppendResult result;
  result.set_outcome(v1::APPEND_OUTCOME_REFUSED);
  *result.mutable_error() = ToRpcStatus(error);
  return result;
}

std::optional<WireError> ErrorOfAll(const std::vector<AppendAnswer>& answers) {
  const bool all = !answers.empty() && std::all_of(answers.begin(), answers.end(), [](const AppendAnswer& answer) {
    return SameBatchHelps(answer.refusal);
  });
  if (!all) {
    return std::nullopt;
  }
  const bool in_doubt = std::any_of(answers.begin(), answers.end(), [](const AppendAnswer& answer) {
    return answer.refusal == Refusal::kCommitUnknown;
  });
  return ErrorOf(in_doubt ? Refusal::kCommitUnknown : answers.front().refusal);
}

}  // namespace affidavit::ledger
