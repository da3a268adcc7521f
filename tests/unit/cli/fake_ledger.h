// A ledger that answers as a test says, over a Unix socket.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "affidavit/v1/append_service.grpc.pb.h"
#include "affidavit/v1/evidence_service.grpc.pb.h"
#include "affidavit/v1/governance_service.grpc.pb.h"
#include "affidavit/v1/query_service.grpc.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "tests/unit/cli/test_run.h"

namespace affidavit::cli {

inline grpc::Status RpcError(grpc::StatusCode code, const std::string& message, const std::string& reason,
                             const std::map<std::string, std::string>& metadata = {}) {
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  info.set_domain("affidavit.v1");
  info.mutable_metadata()->insert(metadata.begin(), metadata.end());
  google::rpc::Status status;
  status.set_code(code);
  status.set_message(message);
  status.add_details()->PackFrom(info);
  return {code, message, status.SerializeAsString()};
}

class FakeLedger : public v1::QueryService::Service,
                   public v1::AppendService::Service,
                   public v1::EvidenceService::Service,
                   public v1::GovernanceService::Service {
 public:
  FakeLedger() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort(target(), grpc::InsecureServerCredentials());
    builder.RegisterService(static_cast<v1::QueryService::Service*>(this));
    builder.RegisterService(static_cast<v1::AppendService::Service*>(this));
    builder.RegisterService(static_cast<v1::EvidenceService::Service*>(this));
    builder.RegisterService(static_cast<v1::GovernanceService::Service*>(this));
    builder.SetMaxSendMessageSize(64 << 20);
    server_ = builder.BuildAndStart();
  }
  ~FakeLedger() override { server_->Shutdown(std::chrono::system_clock::now()); }

  std::string target() const { return "unix:" + folder_.Path("ledger.sock"); }

  // Set before the call; read after it.
  grpc::Status status;
  v1::GetStatusResponse status_response;
  v1::GetEntryResponse entry_response;
  std::vector<v1::ListEntriesResponse> pages;
  v1::AppendOutcome readmit_outcome = v1::APPEND_OUTCOME_ACCEPTED;
  std::vector<v1::GetEntryRequest> get_requests;
  std::vector<v1::ListEntriesRequest> list_requests;
  std::vector<v1::ReadmitEntriesRequest> readmit_requests;
  v1::GetInclusionProofResponse inclusion_response;
  v1::GetProofOfDeliveryResponse delivery_response;
  std::vector<v1::GetInclusionProofRequest> inclusion_requests;
  v1::AppendOutcome record_outcome = v1::APPEND_OUTCOME_ACCEPTED;
  std::vector<v1::AppendRecordsRequest> record_requests;
  std::vector<v1::GetProofOfDeliveryRequest> delivery_requests;
  std::vector<v1::GetCustodyChainResponse> custody_pages;  // as schema_pages
  std::vector<v1::GetCustodyChainRequest> custody_requests;
  std::vector<v1::ListSchemaVersionsResponse> schema_pages;  // from the first again after the last
  std::vector<v1::ListSchemaVersionsRequest> schema_requests;
  std::vector<v1::RegisterSchemaVersionRequest> register_requests;

  grpc::Status GetStatus(grpc::ServerContext*, const v1::GetStatusRequest*, v1::GetStatusResponse* response) override {
    *response = status_response;
    return status;
  }
  grpc::Status GetEntry(grpc::ServerContext*, const v1::GetEntryRequest* request,
                        v1::GetEntryResponse* response) override {
    get_requests.push_back(*request);
    *response = entry_response;
    return status;
  }
  grpc::Status ListEntries(grpc::ServerContext*, const v1::ListEntriesRequest* request,
                           v1::ListEntriesResponse* response) override {
    list_requests.push_back(*request);
    *response = pages.at(list_requests.size() - 1);
    return status;
  }
  grpc::Status GetCustodyChain(grpc::ServerContext*, const v1::GetCustodyChainRequest* request,
                               v1::GetCustodyChainResponse* response) override {
    *response = custody_pages.at(custody_requests.size() % custody_pages.size());
    custody_requests.push_back(*request);
    return status;
  }
  grpc::Status ListSchemaVersions(grpc::ServerContext*, const v1::ListSchemaVersionsRequest* request,
                                  v1::ListSchemaVersionsResponse* response) override {
    *response = schema_pages.at(schema_requests.size() % schema_pages.size());
    schema_requests.push_back(*request);
    return grpc::Status::OK;
  }
  grpc::Status RegisterSchemaVersion(grpc::ServerContext*, const v1::RegisterSchemaVersionRequest* request,
                                     v1::RegisterSchemaVersionResponse* response) override {
    register_requests.push_back(*request);
    response->set_schema_id("00112233445566aa");
    response->set_leaf_index(42);
    return status;
  }
  grpc::Status ReadmitEntries(grpc::ServerContext*, const v1::ReadmitEntriesRequest* request,
                              v1::ReadmitEntriesResponse* response) override {
    readmit_requests.push_back(*request);
    for (const int64_t leaf_index : request->leaf_indexes()) {
      v1::AppendResult* result = response->add_results();
      result->set_outcome(readmit_outcome);
      result->set_leaf_index(leaf_index + 1'000);
      result->set_event_id("e-" + std::to_string(leaf_index));
    }
    return status;
  }
  grpc::Status AppendRecords(grpc::ServerContext*, const v1::AppendRecordsRequest* request,
                             v1::AppendRecordsResponse* response) override {
    record_requests.push_back(*request);
    for (int i = 0; i < request->records_size(); ++i) {
      v1::AppendResult* result = response->add_results();
      result->set_outcome(record_outcome);
      result->set_leaf_index(77 + i);
    }
    return status;
  }
  grpc::Status GetInclusionProof(grpc::ServerContext*, const v1::GetInclusionProofRequest* request,
                                 v1::GetInclusionProofResponse* response) override {
    inclusion_requests.push_back(*request);
    *response = inclusion_response;
    return status;
  }
  grpc::Status GetProofOfDelivery(grpc::ServerContext*, const v1::GetProofOfDeliveryRequest* request,
                                  v1::GetProofOfDeliveryResponse* response) override {
    delivery_requests.push_back(*request);
    *response = delivery_response;
    return status;
  }
  grpc::Status GetCheckpoint(grpc::ServerContext*, const v1::GetCheckpointRequest*,
                             v1::GetCheckpointResponse* response) override {
    response->add_verifier_keys("log.example+01234567+AAAA");
    return status;
  }

 private:
  const TemporaryFolder folder_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace affidavit::cli
