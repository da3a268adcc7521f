#include "webhook-adapter/grpc_ledger_client.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <utility>

#include "affidavit/v1/append_service.grpc.pb.h"
#include "core/base/status_macros.h"
#include "google/protobuf/arena.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/grpcpp.h"
#include "ops/security_journal.h"

namespace affidavit::adapter {
namespace {

constexpr int kMessageBytesMax = 8 << 20;
constexpr size_t kNoticesMax = 100;  // as append_service.proto says
// A ledger that stands still must be noticed while the senders still wait, so that the batch can go to another one.
constexpr int kKeepaliveTimeMs = 2'000;
constexpr int kKeepaliveTimeoutMs = 2'000;
constexpr int kReconnectBackoffMinMs = 100;
constexpr int kReconnectBackoffMaxMs = 1'000;

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (!file.good() && !file.eof()) {
    return absl::InvalidArgumentError("cannot read " + path);
  }
  return bytes;
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeCredentials(const GrpcLedgerClientOptions& options) {
  if (options.ca_file.empty()) {
    return grpc::InsecureChannelCredentials();
  }
  grpc::SslCredentialsOptions ssl;
  ASSIGN_OR_RETURN(ssl.pem_root_certs, ReadFile(options.ca_file));
  if (!options.client_certificate_file.empty()) {
    ASSIGN_OR_RETURN(ssl.pem_cert_chain, ReadFile(options.client_certificate_file));
    ASSIGN_OR_RETURN(ssl.pem_private_key, ReadFile(options.client_key_file));
  }
  return grpc::SslCredentials(ssl);
}

grpc::ChannelArguments MakeArguments() {
  grpc::ChannelArguments arguments;
  arguments.SetLoadBalancingPolicyName("round_robin");
  arguments.SetMaxSendMessageSize(kMessageBytesMax);
  arguments.SetMaxReceiveMessageSize(kMessageBytesMax);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveTimeMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kReconnectBackoffMinMs);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kReconnectBackoffMaxMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kReconnectBackoffMaxMs);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);  // the batcher repeats calls, and knows until when
  return arguments;
}

// The reason of the first ErrorInfo among the details.
std::string ReasonOf(const google::rpc::Status& status) {
  for (const google::protobuf::Any& detail : status.details()) {
    google::rpc::ErrorInfo info;
    if (detail.Is<google::rpc::ErrorInfo>() && detail.UnpackTo(&info)) {
      return info.reason();
    }
  }
  return {};
}

absl::Status ToAbsl(const grpc::Status& status) {
  absl::Status result(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  google::rpc::Status details;
  if (details.ParseFromString(status.error_details())) {
    if (const std::string reason = ReasonOf(details); !reason.empty()) {
      return WithErrorReason(std::move(result), reason);
    }
  }
  return result;
}

void SetTimestamp(TimePoint time, google::protobuf::Timestamp& out) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  out.set_seconds(seconds.time_since_epoch().count());
  out.set_nanos(static_cast<int32_t>(std::chrono::nanoseconds(time - seconds).count()));
}

void FillEnvelope(Envelope& from, v1::Envelope& to) {
  to.set_source(from.source);
  to.mutable_payload()->swap(from.payload);
  SetTimestamp(from.receive_time, *to.mutable_receive_time());
  v1::SignatureEvidence& signature = *to.mutable_signature();
  signature.set_scheme(from.signature.scheme);
  signature.set_key_id(from.signature.key_id);
  signature.set_key_fingerprint(from.signature.key_fingerprint);
  for (const auto& [name, value] : from.signature.headers) {
    v1::SignatureEvidence::Header& header = *signature.add_headers();
    header.set_name(name);
    header.set_value(value);
  }
  to.set_provenance(from.provenance);
  to.set_request_id(from.request_id);
}

void FillNotice(const ops::SecurityNote& from, v1::SecurityNotice& to) {
  to.set_name(from.name);
  SetTimestamp(from.time, *to.mutable_time());
  to.set_details(from.details);
}

AppendOutcome ToOutcome(v1::AppendOutcome outcome) {
  switch (outcome) {
    case v1::APPEND_OUTCOME_ACCEPTED:
      return AppendOutcome::kAccepted;
    case v1::APPEND_OUTCOME_DUPLICATE:
      return AppendOutcome::kDuplicate;
    case v1::APPEND_OUTCOME_CONFLICT:
      return AppendOutcome::kConflict;
    case v1::APPEND_OUTCOME_EXCLUDED:
      return AppendOutcome::kExcluded;
    case v1::APPEND_OUTCOME_QUARANTINED:
      return AppendOutcome::kQuarantined;
    default:
      return AppendOutcome::kRefused;  // an outcome of a newer ledger is none that may be called stored
  }
}

AppendResult ToResult(v1::AppendResult& from) {
  AppendResult to;
  to.outcome = ToOutcome(from.outcome());
  if (to.outcome != AppendOutcome::kRefused && from.payload_sha256().size() != to.payload_sha256.size()) {
    to.outcome = AppendOutcome::kRefused;
  }
  if (to.outcome == AppendOutcome::kRefused) {
    to.reason = ReasonOf(from.error());
    return to;
  }
  to.event_id = std::move(*from.mutable_event_id());
  std::copy(from.payload_sha256().begin(), from.payload_sha256().end(), to.payload_sha256.begin());
  to.leaf_index = from.leaf_index();
  to.reason = std::move(*from.mutable_reason());
  return to;
}

// gRPC takes wall clock deadlines and turns them into steady ones at once.
std::chrono::system_clock::time_point WallDeadline(std::chrono::steady_clock::time_point deadline) {
  return std::chrono::system_clock::now() +
         std::chrono::duration_cast<std::chrono::system_clock::duration>(deadline - std::chrono::steady_clock::now());
}

class GrpcLedgerClient final : public LedgerClient {
 public:
  explicit GrpcLedgerClient(const std::shared_ptr<grpc::Channel>& channel)
      : stub_(v1::AppendService::NewStub(channel)) {}

  absl::StatusOr<std::vector<AppendResult>> AppendEnvelopes(const AppendCall& call,
                                                            std::chrono::steady_clock::time_point deadline) override {
    google::protobuf::Arena arena;
    auto& request = *google::protobuf::Arena::CreateMessage<v1::AppendEnvelopesRequest>(&arena);
    auto& response = *google::protobuf::Arena::CreateMessage<v1::AppendEnvelopesResponse>(&arena);
    request.set_adapter_id(std::string(call.adapter_id));
    for (const SigningKey& key : call.signing_keys) {
      v1::SigningKey& to = *request.add_signing_keys();
      to.set_source(key.source);
      to.set_key_id(key.key_id);
      to.set_key_fingerprint(key.key_fingerprint);
    }
    request.mutable_envelopes()->Reserve(static_cast<int>(call.envelopes.size()));
    for (Envelope* envelope : call.envelopes) {
      FillEnvelope(*envelope, *request.add_envelopes());
    }
    std::vector<ops::SecurityNote> notes = ops::SecurityJournal::OfProcess().Take(kNoticesMax);
    for (const ops::SecurityNote& note : notes) {
      FillNotice(note, *request.add_security_notices());
    }
    grpc::ClientContext context;
    context.set_deadline(WallDeadline(deadline));
    const grpc::Status status = stub_->AppendEnvelopes(&context, request, &response);
    for (size_t i = 0; i < call.envelopes.size(); ++i) {
      call.envelopes[i]->payload.swap(*request.mutable_envelopes(static_cast<int>(i))->mutable_payload());
    }
    if (!status.ok()) {
      ops::SecurityJournal::OfProcess().PutBack(std::move(notes));
      return ToAbsl(status);
    }
    std::vector<AppendResult> results;
    results.reserve(static_cast<size_t>(response.results_size()));
    std::transform(response.mutable_results()->begin(), response.mutable_results()->end(), std::back_inserter(results),
                   ToResult);
    return results;
  }

 private:
  const std::unique_ptr<v1::AppendService::Stub> stub_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<LedgerClient>> MakeGrpcLedgerClient(const GrpcLedgerClientOptions& options) {
  ASSIGN_OR_RETURN(auto credentials, MakeCredentials(options));
  return std::make_unique<GrpcLedgerClient>(grpc::CreateCustomChannel(options.target, credentials, MakeArguments()));
}

}  // namespace affidavit::adapter
