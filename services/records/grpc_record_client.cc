#include <algorithm>
#include <fstream>
#include <iterator>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "affidavit/v1/append_service.grpc.pb.h"
#include "core/base/status_macros.h"
#include "core/base/text.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/grpcpp.h"
#include "services/records/record_client.h"

namespace affidavit::records {
namespace {

constexpr size_t kRecordCountMax = 100;
constexpr int kReconnectMinMs = 100;
constexpr int kReconnectMaxMs = 2'000;

absl::StatusOr<std::string> ReadPem(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (bytes.empty()) {
    return absl::FailedPreconditionError("cannot read " + path);
  }
  return bytes;
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> CredentialsOf(const config::WorkerConfig& worker) {
  if (worker.ledger_ca_file.empty()) {
    return grpc::InsecureChannelCredentials();
  }
  grpc::SslCredentialsOptions ssl;
  ASSIGN_OR_RETURN(ssl.pem_root_certs, ReadPem(worker.ledger_ca_file));
  if (!worker.ledger_client_certificate_file.empty()) {
    ASSIGN_OR_RETURN(ssl.pem_cert_chain, ReadPem(worker.ledger_client_certificate_file));
    ASSIGN_OR_RETURN(ssl.pem_private_key, ReadPem(worker.ledger_client_key_file));
  }
  return grpc::SslCredentials(ssl);
}

grpc::ChannelArguments ChannelArgumentsOfRecords() {
  grpc::ChannelArguments arguments;
  arguments.SetLoadBalancingPolicyName("round_robin");
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kReconnectMinMs);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kReconnectMinMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kReconnectMaxMs);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);  // whoever appends repeats the call, and knows until when
  return arguments;
}

v1::EntryKind KindOnWire(EntryKind kind) {
  switch (kind) {
    case EntryKind::kStatus:
      return v1::ENTRY_KIND_STATUS;
    case EntryKind::kGovernance:
      return v1::ENTRY_KIND_GOVERNANCE;
    case EntryKind::kReconciliation:
      return v1::ENTRY_KIND_RECONCILIATION;
    case EntryKind::kHeartbeat:
      return v1::ENTRY_KIND_HEARTBEAT;
    case EntryKind::kAccess:
      return v1::ENTRY_KIND_ACCESS;
    default:
      return v1::ENTRY_KIND_UNSPECIFIED;  // no record: the ledger says so
  }
}

void PutRecord(const Record& from, v1::Record& to) {
  to.set_kind(KindOnWire(from.kind));
  to.set_source(from.source);
  to.set_idempotency_key(from.idempotency_key);
  to.set_payload(from.payload);
  to.set_event_type(from.event_type);
  to.set_channel(from.channel);
  to.set_message_id(from.message_id);
  to.set_correlation_id(from.correlation_id);
  if (from.event_time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(*from.event_time);
    to.mutable_event_time()->set_seconds(seconds.time_since_epoch().count());
    to.mutable_event_time()->set_nanos(
        static_cast<int32_t>(std::chrono::nanoseconds(*from.event_time - seconds).count()));
  }
}

// "REASON: message": what the first ErrorInfo says, and what the ledger wrote, which repeats no values.
std::string Words(const google::rpc::Status& status, const std::string& message, std::string& reason) {
  for (const google::protobuf::Any& detail : status.details()) {
    google::rpc::ErrorInfo info;
    if (detail.UnpackTo(&info)) {
      reason = info.reason();
      return Concat({reason, ": ", message});
    }
  }
  return message;
}

// What a caller can do about it, in one of three codes.
absl::Status ErrorFor(grpc::StatusCode code, const google::rpc::Status& details, const std::string& message) {
  std::string reason;
  const std::string words = Words(details, message, reason);
  switch (code) {
    case grpc::StatusCode::INVALID_ARGUMENT:
      return absl::InvalidArgumentError(words);
    case grpc::StatusCode::FAILED_PRECONDITION:
    case grpc::StatusCode::PERMISSION_DENIED:
    case grpc::StatusCode::UNAUTHENTICATED:
    case grpc::StatusCode::UNIMPLEMENTED:
      return absl::FailedPreconditionError(words);
    default:
      // Without a reason it is the transport's: a reset, a deadline. Any record of the call may be there.
      return reason == "ENTRY_REFUSED" ? absl::InvalidArgumentError(words) : absl::UnavailableError(words);
  }
}

absl::Status ErrorOfCall(const grpc::Status& status) {
  google::rpc::Status details;
  if (!details.ParseFromString(status.error_details())) {
    details.Clear();
  }
  return ErrorFor(status.error_code(), details, status.error_message());
}

// One refused record fails the call, the others being there. What a repeat can mend goes first: then all is repeated.
absl::StatusOr<std::vector<RecordReceipt>> ReceiptsOf(const v1::AppendRecordsResponse& response) {
  std::vector<RecordReceipt> receipts;
  absl::Status refusal;
  for (const v1::AppendResult& result : response.results()) {
    const bool is_new = result.outcome() == v1::APPEND_OUTCOME_ACCEPTED;
    if (is_new || result.outcome() == v1::APPEND_OUTCOME_DUPLICATE) {
      receipts.push_back({.leaf_index = result.leaf_index(), .is_new = is_new});
      continue;
    }
    // An outcome of a newer ledger is none that may be called stored.
    const absl::Status error =
        result.outcome() == v1::APPEND_OUTCOME_REFUSED
            ? ErrorFor(static_cast<grpc::StatusCode>(result.error().code()), result.error(), result.error().message())
            : absl::FailedPreconditionError("the ledger answers with an outcome that this worker does not know");
    if (refusal.ok() || absl::IsUnavailable(error)) {
      refusal = error;
    }
  }
  if (!refusal.ok()) {
    return refusal;
  }
  return receipts;
}

class GrpcRecordClient final : public RecordClient {
 public:
  explicit GrpcRecordClient(config::WorkerConfig worker) : worker_(std::move(worker)) {}

  absl::StatusOr<std::vector<RecordReceipt>> Append(std::span<const Record> records,
                                                    std::chrono::milliseconds time_max) override {
    if (records.empty()) {
      return std::vector<RecordReceipt>();
    }
    if (records.size() > kRecordCountMax) {
      return absl::InvalidArgumentError("at most 100 records in one call");
    }
    ASSIGN_OR_RETURN(v1::AppendService::Stub* const stub, Stub());
    v1::AppendRecordsRequest request;
    for (const Record& record : records) {
      PutRecord(record, *request.add_records());
    }
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + time_max);  // a steady one at once, inside gRPC
    v1::AppendRecordsResponse response;
    if (const grpc::Status status = stub->AppendRecords(&context, request, &response); !status.ok()) {
      return ErrorOfCall(status);
    }
    if (response.results_size() != request.records_size()) {
      return absl::UnavailableError("the ledger answered for another number of records than it was given");
    }
    return ReceiptsOf(response);
  }

 private:
  // The files are read with the first call, and again until they can be.
  absl::StatusOr<v1::AppendService::Stub*> Stub() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (stub_ == nullptr) {
      ASSIGN_OR_RETURN(const auto credentials, CredentialsOf(worker_));
      stub_ = v1::AppendService::NewStub(
          grpc::CreateCustomChannel(worker_.ledger_target, credentials, ChannelArgumentsOfRecords()));
    }
    return stub_.get();
  }

  const config::WorkerConfig worker_;
  std::mutex mutex_;
  std::unique_ptr<v1::AppendService::Stub> stub_;  // set once, guarded by mutex_ until then
};

}  // namespace

std::unique_ptr<RecordClient> MakeGrpcRecordClient(const config::WorkerConfig& worker) {
  return std::make_unique<GrpcRecordClient>(worker);
}

}  // namespace affidavit::records
