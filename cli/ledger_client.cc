#include "cli/ledger_client.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/files.h"
#include "cli/rpc_error.h"
#include "cli/text.h"
#include "core/base/status_macros.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/channel_arguments.h"

namespace affidavit::cli {
namespace {

// An answer may hold one payload as large as an adapter's configuration lets in.
constexpr int kMessageBytesMax = 256 << 20;
constexpr int kPageSizeMax = 1'000;

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> Credentials(const LedgerAddress& address) {
  if (address.ca_file.empty()) {
    return grpc::InsecureChannelCredentials();
  }
  grpc::SslCredentialsOptions options;
  ASSIGN_OR_RETURN(options.pem_root_certs, ReadFile(address.ca_file));
  if (!address.certificate_file.empty()) {
    ASSIGN_OR_RETURN(options.pem_cert_chain, ReadFile(address.certificate_file));
    ASSIGN_OR_RETURN(options.pem_private_key, ReadFile(address.key_file));
  }
  return grpc::SslCredentials(options);
}

// What the configuration says, or its defaults when there is none.
LedgerAddress ConfiguredLedger(const config::Config& config) {
  const config::Config defaults;
  LedgerAddress address{.target = config.adapter.ledger_target,
                        .ca_file = config.adapter.ledger_ca_file,
                        .certificate_file = config.adapter.ledger_client_certificate_file,
                        .key_file = config.adapter.ledger_client_key_file};
  // A configuration of a ledger alone says nothing about adapters.
  if (address.target == defaults.adapter.ledger_target && config.ledger.listen != defaults.ledger.listen) {
    address.target = config.ledger.listen;
  }
  // Nor does one of a worker alone say anything about either.
  if (address.target == defaults.adapter.ledger_target &&
      config.worker.ledger_target != defaults.worker.ledger_target) {
    address = {.target = config.worker.ledger_target,
               .ca_file = config.worker.ledger_ca_file,
               .certificate_file = config.worker.ledger_client_certificate_file,
               .key_file = config.worker.ledger_client_key_file};
  }
  return address;
}

}  // namespace

absl::StatusOr<LedgerAddress> FindLedger(const Session& session) {
  const CommonOptions& options = session.options;
  std::string target = options.target;
  if (target.empty()) {
    target = session.environment("AFFIDAVIT_LEDGER_TARGET").value_or("");
  }
  // The configuration is read only when it can matter: a verb with --target needs none.
  LedgerAddress address;
  if (target.empty() || !options.config_file.empty()) {
    ASSIGN_OR_RETURN(const std::optional<config::Config> config, FindConfig(session));
    address = ConfiguredLedger(config.value_or(config::Config{}));
  }
  if (!target.empty() && target != address.target) {
    address = LedgerAddress{.target = target};
  }
  if (!options.ca_file.empty()) {
    address.ca_file = options.ca_file;
  }
  if (!options.certificate_file.empty()) {
    address.certificate_file = options.certificate_file;
    address.key_file = options.key_file;
  }
  if (!address.certificate_file.empty() && address.ca_file.empty()) {
    return absl::InvalidArgumentError("--cert and --key need --ca: without it no TLS is spoken");
  }
  address.timeout = std::chrono::milliseconds(static_cast<int64_t>(options.timeout_seconds * 1e3));
  return address;
}

LedgerClient::LedgerClient(LedgerAddress address, const std::shared_ptr<grpc::Channel>& channel)
    : address_(std::move(address)),
      query_(v1::QueryService::NewStub(channel)),
      append_(v1::AppendService::NewStub(channel)),
      evidence_(v1::EvidenceService::NewStub(channel)),
      governance_(v1::GovernanceService::NewStub(channel)) {}

absl::StatusOr<std::unique_ptr<LedgerClient>> LedgerClient::Open(const LedgerAddress& address) {
  ASSIGN_OR_RETURN(const std::shared_ptr<grpc::ChannelCredentials> credentials, Credentials(address));
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMessageBytesMax);
  return std::unique_ptr<LedgerClient>(
      new LedgerClient(address, grpc::CreateCustomChannel(address.target, credentials, arguments)));
}

absl::StatusOr<std::unique_ptr<LedgerClient>> LedgerClient::Open(const Session& session) {
  ASSIGN_OR_RETURN(const LedgerAddress address, FindLedger(session));
  return Open(address);
}

template <typename Stub, typename Request, typename Response>
absl::StatusOr<Response> LedgerClient::Call(Stub& stub,
                                            grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                                         Response*),
                                            const Request& request, std::chrono::milliseconds wait) {
  grpc::ClientContext context;
  // gRPC turns a time_point of the system clock into its monotonic one at once: a clock step does not move the
  // deadline.
  context.set_deadline(std::chrono::system_clock::now() + address_.timeout + wait);
  Response response;
  RETURN_IF_ERROR(StatusFromRpc((stub.*method)(&context, request, &response), address_.target));
  return response;
}

absl::StatusOr<v1::GetStatusResponse> LedgerClient::GetStatus() {
  return Call(*query_, &v1::QueryService::Stub::GetStatus, v1::GetStatusRequest());
}

absl::StatusOr<v1::GetEntryResponse> LedgerClient::GetEntry(const v1::GetEntryRequest& request) {
  return Call(*query_, &v1::QueryService::Stub::GetEntry, request);
}

absl::StatusOr<v1::GetCustodyChainResponse> LedgerClient::GetCustodyChain(const v1::GetCustodyChainRequest& request) {
  return Call(*query_, &v1::QueryService::Stub::GetCustodyChain, request);
}

absl::StatusOr<int64_t> LedgerClient::AppendAct(const GovernanceRecord& act) {
  v1::AppendRecordsRequest request;
  v1::Record& record = *request.add_records();
  record.set_kind(v1::ENTRY_KIND_GOVERNANCE);
  record.set_source("affidavit");
  record.set_idempotency_key(act.idempotency_key);
  record.set_event_type(act.event_type);
  record.set_payload(act.payload);
  ASSIGN_OR_RETURN(const v1::AppendRecordsResponse response,
                   Call(*append_, &v1::AppendService::Stub::AppendRecords, request));
  if (response.results_size() != 1) {
    return absl::InternalError("the ledger answered for another number of records than it was given");
  }
  const v1::AppendResult& result = response.results(0);
  if (result.outcome() == v1::APPEND_OUTCOME_REFUSED) {
    return absl::UnavailableError(absl::StrCat("the ledger refused it: ", Printable(result.error().message())));
  }
  return result.leaf_index();
}

absl::StatusOr<v1::ReadmitEntriesResponse> LedgerClient::ReadmitEntries(const v1::ReadmitEntriesRequest& request) {
  return Call(*append_, &v1::AppendService::Stub::ReadmitEntries, request);
}

absl::StatusOr<v1::SetRetentionPolicyResponse> LedgerClient::SetRetentionPolicy(
    const v1::SetRetentionPolicyRequest& request) {
  return Call(*governance_, &v1::GovernanceService::Stub::SetRetentionPolicy, request);
}

absl::StatusOr<v1::ListRetentionPoliciesResponse> LedgerClient::ListRetentionPolicies(
    const v1::ListRetentionPoliciesRequest& request) {
  return Call(*governance_, &v1::GovernanceService::Stub::ListRetentionPolicies, request);
}

absl::StatusOr<v1::CreateLegalHoldResponse> LedgerClient::CreateLegalHold(const v1::CreateLegalHoldRequest& request) {
  return Call(*governance_, &v1::GovernanceService::Stub::CreateLegalHold, request);
}

absl::StatusOr<v1::ReleaseLegalHoldResponse> LedgerClient::ReleaseLegalHold(
    const v1::ReleaseLegalHoldRequest& request) {
  return Call(*governance_, &v1::GovernanceService::Stub::ReleaseLegalHold, request);
}

absl::StatusOr<v1::ListLegalHoldsResponse> LedgerClient::ListLegalHolds(const v1::ListLegalHoldsRequest& request) {
  return Call(*governance_, &v1::GovernanceService::Stub::ListLegalHolds, request);
}

absl::StatusOr<v1::RegisterSchemaVersionResponse> LedgerClient::RegisterSchemaVersion(
    const v1::RegisterSchemaVersionRequest& request) {
  return Call(*governance_, &v1::GovernanceService::Stub::RegisterSchemaVersion, request);
}

absl::StatusOr<v1::ListSchemaVersionsResponse> LedgerClient::ListSchemaVersions(
    const v1::ListSchemaVersionsRequest& request) {
  return Call(*governance_, &v1::GovernanceService::Stub::ListSchemaVersions, request);
}

absl::StatusOr<v1::GetInclusionProofResponse> LedgerClient::GetInclusionProof(
    const v1::GetInclusionProofRequest& request) {
  return Call(*evidence_, &v1::EvidenceService::Stub::GetInclusionProof, request,
              std::chrono::milliseconds(request.wait_max_ms()));
}

absl::StatusOr<v1::GetProofOfDeliveryResponse> LedgerClient::GetProofOfDelivery(
    const v1::GetProofOfDeliveryRequest& request) {
  return Call(*evidence_, &v1::EvidenceService::Stub::GetProofOfDelivery, request,
              std::chrono::milliseconds(request.wait_max_ms()));
}

absl::StatusOr<v1::GetCheckpointResponse> LedgerClient::GetCheckpoint(const v1::GetCheckpointRequest& request) {
  return Call(*evidence_, &v1::EvidenceService::Stub::GetCheckpoint, request);
}

absl::Status LedgerClient::ListEntries(v1::ListEntriesRequest request, int64_t entry_count_max,
                                       const std::function<absl::Status(const v1::ListEntriesResponse&)>& page) {
  int64_t remaining = entry_count_max;
  do {
    const int64_t wanted = entry_count_max == 0 ? kPageSizeMax : std::min<int64_t>(remaining, kPageSizeMax);
    request.set_page_size(static_cast<int32_t>(wanted));
    ASSIGN_OR_RETURN(const v1::ListEntriesResponse response,
                     Call(*query_, &v1::QueryService::Stub::ListEntries, request));
    RETURN_IF_ERROR(page(response));
    remaining -= response.entries_size();
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty() && (entry_count_max == 0 || remaining > 0));
  return absl::OkStatus();
}

}  // namespace affidavit::cli
