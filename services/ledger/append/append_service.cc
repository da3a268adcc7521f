#include "services/ledger/append/append_service.h"

#include <set>
#include <string_view>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "core/base/text.h"
#include "ops/alerts.h"
#include "services/ledger/append/append_metrics.h"
#include "services/ledger/append/append_service_wire.h"
#include "services/ledger/append/readmit.h"
#include "services/ledger/append/security_notices.h"
#include "services/ledger/wire/convert.h"

namespace affidavit::ledger {
namespace {

using SteadyClock = std::chrono::steady_clock;
using Violations = std::vector<WireError::Violation>;

constexpr int kEntryCountMax = 1'000;
constexpr int kReadmitCountMax = 100;
constexpr int kSigningKeyCountMax = 1'000;
constexpr int64_t kRequestBytesMax = 6 << 20;
constexpr int64_t kReadmitBytesMax = 6 << 20;  // of payloads in memory at once
constexpr size_t kFingerprintSize = 8;
// So that the answer still reaches a client whose deadline it is.
constexpr std::chrono::milliseconds kAnswerMargin{100};

// A request of one's own, whose payloads the entries may view for as long as a lane needs them: beyond the call, when
// its deadline passes first. gRPC keeps the request as a plain object of its own and hands it out as const; nobody else
// reads it.
template <typename Request>
std::shared_ptr<const Request> Own(const Request* request) {
  auto owned = std::make_shared<Request>();
  owned->Swap(const_cast<Request*>(request));
  return owned;
}

template <typename Request>
void CheckSize(const Request& request, int count, Violations& violations, const char* field) {
  if (count > kEntryCountMax) {
    violations.push_back({field, absl::StrCat("must be at most ", kEntryCountMax)});
  }
  if (static_cast<int64_t>(request.ByteSizeLong()) > kRequestBytesMax) {
    violations.push_back({field, "must be at most 6 MiB in all"});
  }
}

Violations CheckRequest(const v1::AppendEnvelopesRequest& request) {
  Violations violations;
  if (!IsName(request.adapter_id(), kNameSizeMax)) {
    violations.push_back({"adapter_id", "must be 1 to 128 of A-Z a-z 0-9 . _ -"});
  }
  if (request.has_oldest_spooled_receive_time() && !FromTimestamp(request.oldest_spooled_receive_time())) {
    violations.push_back({"oldest_spooled_receive_time", "must lie in the years 0001 to 9999"});
  }
  if (request.signing_keys_size() > kSigningKeyCountMax) {
    violations.push_back({"signing_keys", absl::StrCat("must be at most ", kSigningKeyCountMax)});
  }
  for (int i = 0; i < request.signing_keys_size(); ++i) {
    const v1::SigningKey& key = request.signing_keys(i);
    const bool sound = IsName(key.source(), kSourceNameSizeMax) && IsSoundText(key.key_id(), kNameSizeMax) &&
                       key.key_fingerprint().size() == kFingerprintSize;
    if (!sound) {
      violations.push_back({absl::StrCat("signing_keys[", i, "]"), "must have a source, a key id and 8 bytes"});
    }
  }
  CheckSize(request, request.envelopes_size(), violations, "envelopes");
  return violations;
}

std::optional<TimePoint> OldestSpooled(const v1::AppendEnvelopesRequest& request) {
  return request.has_oldest_spooled_receive_time() ? FromTimestamp(request.oldest_spooled_receive_time())
                                                   : std::nullopt;
}

// Spares the hot path a set entry for each envelope of a batch: most batches are of one source and key.
bool SameKey(const v1::Envelope& a, const v1::Envelope& b) {
  return a.source() == b.source() && a.signature().key_id() == b.signature().key_id() &&
         a.signature().key_fingerprint() == b.signature().key_fingerprint();
}

// The same bytes were excluded and are quarantined today, or the other way round: the first answer stands, and so does
// its reason.
bool IsOfAnotherProfile(const PreparedEntry& prepared, const AppendAnswer& answer) {
  const EntryKind kind = prepared.entry.fields.kind;
  return (answer.outcome == AppendOutcome::kExcluded && kind != EntryKind::kExcluded) ||
         (answer.outcome == AppendOutcome::kQuarantined && kind != EntryKind::kQuarantined);
}

// Observes the life of a call into affidavit_ledger_append_seconds.
class CallTimer {
 public:
  CallTimer() = default;
  CallTimer(const CallTimer&) = delete;
  CallTimer& operator=(const CallTimer&) = delete;
  ~CallTimer() {
    static prometheus::Histogram& seconds = ops::HistogramOf(
        "affidavit_ledger_append_seconds", "Append calls, from their arrival to their answer.", ops::LatencyBuckets());
    seconds.Observe(std::chrono::duration<double>(SteadyClock::now() - start_).count());
  }

 private:
  const SteadyClock::time_point start_ = SteadyClock::now();
};

WireError SubmitError(const absl::Status& status) {
  if (status.code() != absl::StatusCode::kResourceExhausted) {
    return ErrorOf(Refusal::kDraining);
  }
  return {.code = grpc::StatusCode::RESOURCE_EXHAUSTED,
          .reason = v1::ERROR_REASON_APPEND_QUEUE_FULL,
          .message = "more is waiting than this ledger stores in time",
          .retry_delay = std::chrono::milliseconds(500)};
}

}  // namespace

AppendService::AppendService(AppendServiceOptions options, Sequencer* sequencer, db::ConnectionPool* pool,
                             AdapterRegistry* adapters, std::function<bool()> is_ready)
    : options_(std::move(options)),
      sequencer_(sequencer),
      pool_(pool),
      adapters_(adapters),
      is_ready_(std::move(is_ready)),
      keys_(pool) {}

grpc::Status AppendService::AppendEnvelopes(grpc::ServerContext* context, const v1::AppendEnvelopesRequest* request,
                                            v1::AppendEnvelopesResponse* response) {
  const CallTimer timer;
  const auto owned = Own(request);
  if (Violations violations = CheckRequest(*owned); !violations.empty()) {
    return ToGrpcStatus(InvalidRequest(v1::ERROR_REASON_REQUEST_INVALID, std::move(violations)));
  }
  if (const auto error = CheckKeys(*owned)) {
    return ToGrpcStatus(*error);
  }
  const std::optional<TimePoint> oldest_spooled = OldestSpooled(*owned);
  adapters_->Note(owned->adapter_id(), oldest_spooled);
  if (const auto error = CheckGate()) {
    return ToGrpcStatus(*error);
  }
  if (owned->envelopes().empty()) {
    if (!is_ready_()) {
      return ToGrpcStatus(ErrorOf(Refusal::kStoreUnavailable));
    }
    TakeNotices(*owned);
    return grpc::Status::OK;
  }
  Submission submission;
  response->mutable_results()->Reserve(owned->envelopes_size());
  for (int i = 0; i < owned->envelopes_size(); ++i) {
    PrepareOne(FromProto(owned->envelopes(i), owned->adapter_id()), absl::StrCat("envelopes[", i, "]"), owned,
               oldest_spooled, response->add_results(), submission);
  }
  if (const auto error = Append(std::move(submission), DeadlineOf(*context))) {
    return ToGrpcStatus(*error);
  }
  TakeNotices(*owned);  // not of a call that fails: it brings them again
  return grpc::Status::OK;
}

grpc::Status AppendService::AppendRecords(grpc::ServerContext* context, const v1::AppendRecordsRequest* request,
                                          v1::AppendRecordsResponse* response) {
  const CallTimer timer;
  if (const auto error = CheckGate()) {
    return ToGrpcStatus(*error);
  }
  const auto owned = Own(request);
  Violations violations;
  CheckSize(*owned, owned->records_size(), violations, "records");
  Submission submission;
  const TimePoint receive_time = SystemClock().WallNow();
  for (int i = 0; violations.size() < kEntryCountMax && i < owned->records_size(); ++i) {
    Prepared prepared = PrepareRecord(FromProto(owned->records(i)), receive_time, Retention(), owned);
    if (auto* entry = std::get_if<PreparedEntry>(&prepared)) {
      submission.entries.push_back(std::move(*entry));
      submission.results.push_back(response->add_results());
      continue;
    }
    for (auto& violation : ToWire(std::get<1>(prepared), absl::StrCat("records[", i, "]"))) {
      violations.push_back(std::move(violation));
    }
  }
  if (!violations.empty()) {
    return ToGrpcStatus(InvalidRequest(v1::ERROR_REASON_RECORD_INVALID, std::move(violations)));
  }
  if (const auto error = Append(std::move(submission), DeadlineOf(*context))) {
    return ToGrpcStatus(*error);
  }
  return grpc::Status::OK;
}

grpc::Status AppendService::ReadmitEntries(grpc::ServerContext* context, const v1::ReadmitEntriesRequest* request,
                                           v1::ReadmitEntriesResponse* response) {
  if (const auto error = CheckGate()) {
    return ToGrpcStatus(*error);
  }
  if (request->leaf_indexes_size() > kReadmitCountMax) {
    return ToGrpcStatus(InvalidRequest(v1::ERROR_REASON_REQUEST_INVALID, {{"leaf_indexes", "must be at most 100"}}));
  }
  const std::vector<int64_t> leaf_indexes(request->leaf_indexes().begin(), request->leaf_indexes().end());
  const absl::StatusOr<NotReadmittable> refused = FindNotReadmittable(*pool_, leaf_indexes);
  if (!refused.ok()) {
    return ToGrpcStatus(StoreError(refused.status()));
  }
  if (!refused->missing.empty()) {
    return ToGrpcStatus(MissingEntries(refused->missing));
  }
  if (!refused->of_other_kind.empty()) {
    return ToGrpcStatus(NotReadmittableEntries(refused->of_other_kind));
  }
  const Deadline deadline = DeadlineOf(*context);
  Submission submission;
  int64_t bytes = 0;
  for (const int64_t leaf_index : leaf_indexes) {
    if (const auto error = ReadmitOne(leaf_index, response->add_results(), submission)) {
      return ToGrpcStatus(*error);
    }
    bytes += submission.entries.empty() ? 0 : submission.entries.back().entry.fields.payload_size;
    if (bytes >= kReadmitBytesMax) {
      if (const auto error = Append(std::exchange(submission, {}), deadline)) {
        return ToGrpcStatus(*error);
      }
      bytes = 0;
    }
  }
  if (const auto error = Append(std::move(submission), deadline)) {
    return ToGrpcStatus(*error);
  }
  return grpc::Status::OK;
}

std::optional<WireError> AppendService::CheckGate() const {
  return options_.check_gate ? ErrorOfGate(options_.check_gate()) : std::nullopt;
}

RetentionRules AppendService::Retention() const {
  RetentionRules rules = options_.retention;
  rules.policies = options_.board == nullptr ? nullptr : options_.board->policies();
  return rules;
}

AppendService::Deadline AppendService::DeadlineOf(const grpc::ServerContext& context) const {
  const auto now = SteadyClock::now();
  // gRPC tells a client's deadline by the wall clock, "none" as its end; the difference from now is what counts.
  const auto left = context.deadline() - std::chrono::system_clock::now();
  const auto time_max = SteadyClock::duration(options_.answer_time_max);
  return now + (left - kAnswerMargin < time_max ? SteadyClock::duration(left - kAnswerMargin) : time_max);
}

std::optional<WireError> AppendService::CheckKeys(const v1::AppendEnvelopesRequest& request) {
  std::set<KeyRegistry::Key> keys;
  const auto add = [&](const std::string& source, const std::string& key_id, const std::string& fingerprint) {
    // A source or key that is invalid is its envelope's fault, told there.
    if (options_.admitters.contains(source) && IsSoundText(key_id, kNameSizeMax) &&
        fingerprint.size() == kFingerprintSize) {
      keys.insert({source, key_id, fingerprint});
    }
  };
  for (const v1::SigningKey& key : request.signing_keys()) {
    add(key.source(), key.key_id(), key.key_fingerprint());
  }
  const v1::Envelope* previous = nullptr;
  for (const v1::Envelope& envelope : request.envelopes()) {
    if (previous == nullptr || !SameKey(*previous, envelope)) {
      add(envelope.source(), envelope.signature().key_id(), envelope.signature().key_fingerprint());
    }
    previous = &envelope;
  }
  const absl::Status status = keys_.Check({keys.begin(), keys.end()});
  if (status.ok()) {
    return std::nullopt;
  }
  if (status.code() != absl::StatusCode::kFailedPrecondition) {
    return ErrorOf(Refusal::kStoreUnavailable);
  }
  ops::RaiseAlert(ops::kAlertKeyFingerprintChanged, {{"adapter_id", request.adapter_id()}});
  return WireError{.code = grpc::StatusCode::FAILED_PRECONDITION,
                   .reason = v1::ERROR_REASON_KEY_FINGERPRINT_CHANGED,
                   .message = std::string(status.message())};
}

void AppendService::PrepareOne(const IncomingEnvelope& envelope, const std::string& field,
                               std::shared_ptr<const void> owner, std::optional<TimePoint> oldest_spooled,
                               v1::AppendResult* result, Submission& submission) const {
  const auto admitter = options_.admitters.find(envelope.source);
  if (admitter == options_.admitters.end()) {
    OutcomeCounter(AppendOutcome::kRefused).Increment();
    *result = RefusedResult({.code = grpc::StatusCode::INVALID_ARGUMENT,
                             .reason = v1::ERROR_REASON_SOURCE_UNKNOWN,
                             .message = "the ledger's configuration has no such source"});
    return;
  }
  Prepared prepared = PrepareEnvelope(envelope, admitter->second, Retention(), std::move(owner));
  if (auto* entry = std::get_if<PreparedEntry>(&prepared)) {
    entry->oldest_spooled_receive_time = oldest_spooled;
    submission.entries.push_back(std::move(*entry));
    submission.results.push_back(result);
    return;
  }
  OutcomeCounter(AppendOutcome::kRefused).Increment();
  *result = RefusedResult(InvalidRequest(v1::ERROR_REASON_ENVELOPE_INVALID, ToWire(std::get<1>(prepared), field)));
}

std::optional<WireError> AppendService::Append(Submission submission, Deadline deadline) {
  if (submission.entries.empty()) {
    return std::nullopt;
  }
  const auto call = sequencer_->Submit(std::move(submission.entries), deadline);
  if (!call.ok()) {
    return SubmitError(call.status());
  }
  const std::vector<AppendAnswer> answers = (*call)->Wait();
  for (const AppendAnswer& answer : answers) {
    OutcomeCounter(answer.outcome).Increment();
  }
  if (std::optional<WireError> error = ErrorOfAll(answers)) {
    return error;
  }
  for (size_t i = 0; i < answers.size(); ++i) {
    const PreparedEntry& prepared = (*call)->entry(i);
    *submission.results[i] = ToProto(prepared, answers[i]);
    if (IsOfAnotherProfile(prepared, answers[i])) {
      submission.results[i]->set_reason(ReadReason(*pool_, answers[i].leaf_index));
    }
  }
  return std::nullopt;
}

std::optional<WireError> AppendService::ReadmitOne(int64_t leaf_index, v1::AppendResult* result,
                                                   Submission& submission) const {
  const absl::StatusOr<Readmission> readmission = ReadForReadmission(*pool_, leaf_index);
  if (readmission.status().code() == absl::StatusCode::kFailedPrecondition) {
    return NotReadmittableEntries({leaf_index});
  }
  if (!readmission.ok()) {
    return StoreError(readmission.status());
  }
  PrepareOne(EnvelopeOf(*readmission), absl::StrCat("leaf_indexes[", leaf_index, "]"), readmission->payload,
             std::nullopt, result, submission);
  if (submission.results.empty() || submission.results.back() != result) {
    return std::nullopt;  // refused
  }
  const PreparedEntry& prepared = submission.entries.back();
  const EntryKind kind = prepared.entry.fields.kind;
  if (kind != EntryKind::kEnvelope) {
    // The profile still keeps it out: the old entry is the answer.
    *result = ToProto(prepared,
                      {.outcome = kind == EntryKind::kExcluded ? AppendOutcome::kExcluded : AppendOutcome::kQuarantined,
                       .leaf_index = leaf_index,
                       .payload_sha256 = prepared.entry.fields.payload_sha256});
    submission.entries.pop_back();
    submission.results.pop_back();
  }
  return std::nullopt;
}

}  // namespace affidavit::ledger
