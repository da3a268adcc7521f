// The verbs' way to the ledger: one channel, a deadline on every call, errors as Status with what to do.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "affidavit/v1/append_service.grpc.pb.h"
#include "affidavit/v1/evidence_service.grpc.pb.h"
#include "affidavit/v1/governance_service.grpc.pb.h"
#include "affidavit/v1/query_service.grpc.pb.h"
#include "cli/session.h"
#include "core/retention/act.h"

namespace affidavit::cli {

struct LedgerAddress {
  std::string target;                               // HOST:PORT or unix:/PATH
  std::string ca_file, certificate_file, key_file;  // ca_file empty: no TLS
  std::chrono::milliseconds timeout{5'000};
};

// From the options, $AFFIDAVIT_LEDGER_TARGET and the configuration (docs/cli.md, "Where the ledger is"). The
// configuration's TLS files go with its own target only.
absl::StatusOr<LedgerAddress> FindLedger(const Session& session);

class LedgerClient {
 public:
  // INVALID_ARGUMENT when a TLS file cannot be read. Connects with the first call.
  static absl::StatusOr<std::unique_ptr<LedgerClient>> Open(const LedgerAddress& address);

  // The same from a session's options.
  static absl::StatusOr<std::unique_ptr<LedgerClient>> Open(const Session& session);

  absl::StatusOr<v1::GetStatusResponse> GetStatus();
  absl::StatusOr<v1::GetEntryResponse> GetEntry(const v1::GetEntryRequest& request);
  absl::StatusOr<v1::GetCustodyChainResponse> GetCustodyChain(const v1::GetCustodyChainRequest& request);
  absl::StatusOr<v1::ReadmitEntriesResponse> ReadmitEntries(const v1::ReadmitEntriesRequest& request);

  // The governance entry of an act, or the one that has its key already: its leaf_index.
  absl::StatusOr<int64_t> AppendAct(const GovernanceRecord& act);

  absl::StatusOr<v1::SetRetentionPolicyResponse> SetRetentionPolicy(const v1::SetRetentionPolicyRequest& request);
  absl::StatusOr<v1::ListRetentionPoliciesResponse> ListRetentionPolicies(
      const v1::ListRetentionPoliciesRequest& request);
  absl::StatusOr<v1::CreateLegalHoldResponse> CreateLegalHold(const v1::CreateLegalHoldRequest& request);
  absl::StatusOr<v1::ReleaseLegalHoldResponse> ReleaseLegalHold(const v1::ReleaseLegalHoldRequest& request);
  absl::StatusOr<v1::ListLegalHoldsResponse> ListLegalHolds(const v1::ListLegalHoldsRequest& request);

  absl::StatusOr<v1::RegisterSchemaVersionResponse> RegisterSchemaVersion(
      const v1::RegisterSchemaVersionRequest& request);
  absl::StatusOr<v1::ListSchemaVersionsResponse> ListSchemaVersions(const v1::ListSchemaVersionsRequest& request);

  // The first two wait for a checkpoint as long as the request says, beside the timeout.
  absl::StatusOr<v1::GetInclusionProofResponse> GetInclusionProof(const v1::GetInclusionProofRequest& request);
  absl::StatusOr<v1::GetProofOfDeliveryResponse> GetProofOfDelivery(const v1::GetProofOfDeliveryRequest& request);
  absl::StatusOr<v1::GetCheckpointResponse> GetCheckpoint(const v1::GetCheckpointRequest& request);

  // Every page of a listing, each under a deadline of its own, until the last one, `entry_count_max` entries (0: all)
  // or an error. `page` is called with at most 1,000 entries at a time.
  absl::Status ListEntries(v1::ListEntriesRequest request, int64_t entry_count_max,
                           const std::function<absl::Status(const v1::ListEntriesResponse& page)>& page);

 private:
  LedgerClient(LedgerAddress address, const std::shared_ptr<grpc::Channel>& channel);
  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Call(Stub& stub,
                                grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                                const Request& request, std::chrono::milliseconds wait = {});

  const LedgerAddress address_;
  const std::unique_ptr<v1::QueryService::Stub> query_;
  const std::unique_ptr<v1::AppendService::Stub> append_;
  const std::unique_ptr<v1::EvidenceService::Stub> evidence_;
  const std::unique_ptr<v1::GovernanceService::Stub> governance_;
};

}  // namespace affidavit::cli
