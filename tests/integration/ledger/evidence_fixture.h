// An EvidenceService on a database of its own, called over gRPC; entries and checkpoints come when a test says so.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "affidavit/v1/evidence_service.grpc.pb.h"
#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/signer.h"
#include "db/append_store.h"
#include "db/connection_pool.h"
#include "db/log_store.h"
#include "grpcpp/grpcpp.h"
#include "services/ledger/evidence/evidence_service.h"
#include "tests/support/new_entries.h"
#include "tests/support/test_database.h"

namespace affidavit::ledger {

class EvidenceFixture : public ::testing::Test {
 protected:
  EvidenceFixture();
  ~EvidenceFixture() override;

  static constexpr char kOrigin[] = "log.example/evidence";

  // Serves with options; the vkey is put in unless they are to stay without. Called by the first call otherwise.
  void Serve(EvidenceServiceOptions options = {}, bool is_signing = true);

  // Each returns the first leaf_index.
  int64_t Append(const std::vector<testing::EntrySpec>& specs);
  int64_t AppendNumbered(int count);  // event ids "e-N", message ids "m-N"

  // Signs a checkpoint over all that is there.
  db::StoredCheckpoint Publish(const std::string& origin = kOrigin);
  void Transact(const std::function<absl::Status(db::Transaction&)>& body);

  CheckpointPolicy Policy() const { return {.origin = kOrigin, .log_keys = {signer_->key()}}; }

  template <typename Request, typename Response>
  grpc::Status Call(grpc::Status (v1::EvidenceService::Stub::*rpc)(grpc::ClientContext*, const Request&, Response*),
                    const Request& request, Response* response,
                    std::chrono::milliseconds time = std::chrono::seconds(40)) {
    if (server_ == nullptr) {
      Serve();
    }
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + time);
    return (stub_.get()->*rpc)(&context, request, response);
  }

  grpc::Status Inclusion(const v1::GetInclusionProofRequest& request, v1::GetInclusionProofResponse* response) {
    return Call(&v1::EvidenceService::Stub::GetInclusionProof, request, response);
  }
  grpc::Status Inclusion(int64_t leaf_index, v1::GetInclusionProofResponse* response);
  grpc::Status Consistency(int64_t first, int64_t second, v1::GetConsistencyProofResponse* response);
  grpc::Status Delivery(const v1::GetProofOfDeliveryRequest& request, v1::GetProofOfDeliveryResponse* response) {
    return Call(&v1::EvidenceService::Stub::GetProofOfDelivery, request, response);
  }
  grpc::Status GetCheckpoint(int64_t tree_size, v1::GetCheckpointResponse* response);

  std::string leaf(int64_t leaf_index) const;

  testing::TestDatabase database_;
  db::ConnectionPool pool_{{.url = database_.url(testing::Role::kLedger)}, 4};
  std::unique_ptr<Ed25519Signer> signer_;
  std::string folder_;
  std::unique_ptr<EvidenceService> service_;

 private:
  std::unique_ptr<db::AppendStore> store_;
  int64_t next_payload_id_ = 1;
  int numbered_count_ = 0;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::EvidenceService::Stub> stub_;
};

// Of the RetryInfo that `status` carries; 0 without.
std::chrono::milliseconds RetryDelayOf(const grpc::Status& status);

}  // namespace affidavit::ledger
