#include "services/ledger/governance/governance_wire.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/ledger/wire/convert.h"

namespace affidavit::ledger {
namespace {

using Violations = std::vector<WireError::Violation>;

constexpr int kListDefault = 100;
constexpr int kListMax = 1'000;
constexpr std::chrono::milliseconds kActRetryDelay{500};

// `prefix` ("policy.") goes before all but the actor, which stands beside the message.
Violations ViolationsOf(const GovernanceAct& act, const std::string& prefix, bool actor_is_apart) {
  Violations violations;
  for (ActFault& fault : FindActFaults(act)) {
    const bool apart = actor_is_apart && fault.field == "actor";
    violations.push_back({apart ? fault.field : prefix + fault.field, std::move(fault.description)});
  }
  return violations;
}

// The first microsecond that is not before a range's bound.
std::optional<TimePoint> ReadBound(bool present, const google::protobuf::Timestamp& time, const char* field,
                                   Violations& violations) {
  if (!present) {
    return std::nullopt;
  }
  std::optional<TimePoint> bound = CeilTimestamp(time);
  if (!bound) {
    violations.push_back({absl::StrCat("hold.predicate.", field), "must lie in the years 0001 to 9999"});
  }
  return bound;
}

v1::ActProgress ToProto(const db::ActProgress& progress) {
  v1::ActProgress proto;
  proto.set_checked_count(progress.checked_count);
  proto.set_total_count(progress.total_count);
  proto.set_changed_count(progress.changed_count);
  if (progress.end_time) {
    *proto.mutable_end_time() = ToTimestamp(*progress.end_time);
  }
  return proto;
}

v1::HoldPredicate ToProto(const HoldPredicate& predicate) {
  v1::HoldPredicate proto;
  proto.set_source(predicate.source);
  proto.set_message_id(predicate.message_id);
  proto.set_correlation_id(predicate.correlation_id);
  if (predicate.start_time) {
    *proto.mutable_start_time() = ToTimestamp(*predicate.start_time);
  }
  if (predicate.end_time) {
    *proto.mutable_end_time() = ToTimestamp(*predicate.end_time);
  }
  return proto;
}

}  // namespace

ReadAct<SetRetention> FromProto(const v1::SetRetentionPolicyRequest& request, int years_max) {
  const v1::RetentionPolicy& policy = request.policy();
  SetRetention act{.policy = {.source = policy.source(),
                              .channel = policy.channel(),
                              .event_type = policy.event_type(),
                              .regime = policy.regime(),
                              .years = policy.years()},
                   .actor = request.actor()};
  Violations violations = ViolationsOf(act, "policy.", /*actor_is_apart=*/true);
  if (policy.years() > years_max && policy.years() <= kPolicyYearsMax) {
    violations.push_back({"policy.years", absl::StrCat("must be at most ", years_max,
                                                       " (the ledger's retention.max_years): a lock in the object "
                                                       "store can never be shortened")});
  }
  if (!violations.empty()) {
    return violations;
  }
  return act;
}

ReadAct<LegalHold> FromProto(const v1::CreateLegalHoldRequest& request, const std::string& hold_id) {
  const v1::LegalHold& hold = request.hold();
  const v1::HoldPredicate& predicate = hold.predicate();
  Violations violations;
  LegalHold act{
      .hold_id = hold.hold_id().empty() ? hold_id : hold.hold_id(),
      .case_reference = hold.case_reference(),
      .actor = hold.actor(),
      .predicate = {
          .source = predicate.source(),
          .message_id = predicate.message_id(),
          .correlation_id = predicate.correlation_id(),
          .start_time = ReadBound(predicate.has_start_time(), predicate.start_time(), "start_time", violations),
          .end_time = ReadBound(predicate.has_end_time(), predicate.end_time(), "end_time", violations)}};
  if (violations.empty()) {
    violations = ViolationsOf(act, "hold.", /*actor_is_apart=*/false);
  }
  if (!violations.empty()) {
    return violations;
  }
  return act;
}

ReadAct<ReleaseHold> FromProto(const v1::ReleaseLegalHoldRequest& request) {
  ReleaseHold act{.hold_id = request.hold_id(), .actor = request.actor(), .reason = request.reason()};
  if (Violations violations = ViolationsOf(act, "", /*actor_is_apart=*/false); !violations.empty()) {
    return violations;
  }
  return act;
}

v1::RetentionPolicy ToProto(const db::StoredPolicy& stored) {
  v1::RetentionPolicy proto;
  proto.set_source(stored.policy.source);
  proto.set_channel(stored.policy.channel);
  proto.set_event_type(stored.policy.event_type);
  proto.set_regime(stored.policy.regime);
  proto.set_years(stored.policy.years);
  proto.set_actor(stored.actor);
  proto.set_leaf_index(stored.leaf_index);
  *proto.mutable_set_time() = ToTimestamp(stored.set_time);
  if (stored.progress) {
    *proto.mutable_progress() = ToProto(*stored.progress);
  }
  return proto;
}

v1::LegalHold ToProto(const db::StoredHold& stored) {
  v1::LegalHold proto;
  proto.set_hold_id(stored.hold.hold_id);
  proto.set_case_reference(stored.hold.case_reference);
  proto.set_actor(stored.hold.actor);
  *proto.mutable_predicate() = ToProto(stored.hold.predicate);
  proto.set_leaf_index(stored.leaf_index);
  *proto.mutable_create_time() = ToTimestamp(stored.create_time);
  if (stored.progress) {
    *proto.mutable_progress() = ToProto(*stored.progress);
  }
  if (stored.release) {
    v1::LegalHoldRelease& release = *proto.mutable_release();
    release.set_actor(stored.release->actor);
    release.set_reason(stored.release->reason);
    release.set_leaf_index(stored.release_leaf_index);
    *release.mutable_release_time() = ToTimestamp(stored.release_time);
    if (stored.release_progress) {
      *release.mutable_progress() = ToProto(*stored.release_progress);
    }
  }
  return proto;
}

int ReadPageSize(int32_t page_size, Violations& violations) {
  if (page_size < 0) {
    violations.push_back({"page_size", "must not be negative"});
  }
  return page_size == 0 ? kListDefault : std::min<int>(page_size, kListMax);
}

WireError RetentionOnlyLengthened(int years) {
  return {.code = grpc::StatusCode::FAILED_PRECONDITION,
          .reason = v1::ERROR_REASON_RETENTION_ONLY_LENGTHENED,
          .message = absl::StrCat("the policy keeps for ", years,
                                  " years already, and is only ever lengthened: objects are locked until then"),
          .metadata = {{"years", absl::StrCat(years)}}};
}

WireError LegalHoldNotFound() {
  return {.code = grpc::StatusCode::NOT_FOUND,
          .reason = v1::ERROR_REASON_LEGAL_HOLD_NOT_FOUND,
          .message = "no hold has this hold_id"};
}

WireError LegalHoldIdReused() {
  return {.code = grpc::StatusCode::ALREADY_EXISTS,
          .reason = v1::ERROR_REASON_LEGAL_HOLD_ID_REUSED,
          .message = "the hold_id belongs to a hold with another case, actor or predicate"};
}

WireError ActNotAppended(const absl::Status& status) {
  if (absl::IsFailedPrecondition(status)) {
    return {.code = grpc::StatusCode::FAILED_PRECONDITION,
            .reason = v1::ERROR_REASON_LOG_ROLLED_BACK,
            .message =
                absl::StrCat(status.message(), ": nothing is appended until an operator has run `affidavit recover`")};
  }
  if (absl::IsResourceExhausted(status)) {
    return {.code = grpc::StatusCode::RESOURCE_EXHAUSTED,
            .reason = v1::ERROR_REASON_APPEND_QUEUE_FULL,
            .message = "more is waiting than this ledger stores in time",
            .retry_delay = kActRetryDelay};
  }
  WireError error = StoreError(absl::UnavailableError(status.message()));
  if (absl::IsAborted(status)) {  // by a disposition, which is over soon
    error.message = absl::StrCat(status.message(), ": try again in a moment");
  }
  return error;
}

}  // namespace affidavit::ledger
