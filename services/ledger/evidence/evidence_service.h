// EvidenceService over the synchronous gRPC API. Every read is a short transaction of its own on a pooled connection;
// whoever waits for a checkpoint holds neither. Thread-safe.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <semaphore>
#include <string>
#include <vector>

#include "affidavit/v1/evidence_service.grpc.pb.h"
#include "db/connection_pool.h"
#include "services/ledger/evidence/checkpoint_watch.h"
#include "services/ledger/evidence/proof_maker.h"
#include "services/ledger/evidence/published.h"
#include "services/ledger/wire/deliveries.h"
#include "services/ledger/wire/status.h"

namespace affidavit::ledger {

// What a server must let this service send; clients take 4 MiB unless they are told otherwise, which is more than the
// bundle of an ordinary message.
inline constexpr int kEvidenceMessageBytesMax = 64 << 20;

struct EvidenceServiceOptions {
  std::vector<std::string> verifier_keys;  // the log's vkeys, newest first; empty: SIGNING_NOT_CONFIGURED
  // FAILED_PRECONDITION while the database does not extend the last signed checkpoint. Must not block; none: always OK.
  std::function<absl::Status()> check_log;
  std::chrono::milliseconds checkpoint_interval{1'000};
  std::chrono::milliseconds wait_max{30'000};
  size_t cached_tile_count_max = 2'048;  // 16 MiB
  DeliveryLimits delivery_limits;
  CheckpointWatchOptions watch;
};

class EvidenceService final : public v1::EvidenceService::Service {
 public:
  // `pool` outlives the service.
  EvidenceService(EvidenceServiceOptions options, db::ConnectionPool* pool);

  // Ends all waiting, so that a stopping server has its threads back.
  void Stop() { watch_.Stop(); }

  grpc::Status GetInclusionProof(grpc::ServerContext* context, const v1::GetInclusionProofRequest* request,
                                 v1::GetInclusionProofResponse* response) override;
  grpc::Status GetConsistencyProof(grpc::ServerContext* context, const v1::GetConsistencyProofRequest* request,
                                   v1::GetConsistencyProofResponse* response) override;
  grpc::Status GetCheckpoint(grpc::ServerContext* context, const v1::GetCheckpointRequest* request,
                             v1::GetCheckpointResponse* response) override;
  grpc::Status ListCheckpoints(grpc::ServerContext* context, const v1::ListCheckpointsRequest* request,
                               v1::ListCheckpointsResponse* response) override;
  grpc::Status GetProofOfDelivery(grpc::ServerContext* context, const v1::GetProofOfDeliveryRequest* request,
                                  v1::GetProofOfDeliveryResponse* response) override;

 private:
  // One try at an answer: an error, or the size that a checkpoint must have first, or neither: answered.
  struct Attempt {
    std::optional<WireError> error;
    int64_t tree_size_min = 0;
  };

  // What is wrong before anything is read.
  std::optional<WireError> Check(std::vector<WireError::Violation> violations) const;
  // Tries, and waits between tries for up to `wait_max_ms` or the call's deadline.
  std::optional<WireError> UntilPublished(const grpc::ServerContext& context, int wait_max_ms,
                                          const std::function<Attempt()>& attempt);
  // ReadStore, its errors told to the log and turned into ours.
  std::optional<WireError> Read(const char* rpc, const std::function<absl::Status(db::Transaction&)>& body);

  Attempt TryInclusion(const v1::GetInclusionProofRequest& request, v1::GetInclusionProofResponse& response);
  Attempt TryConsistency(const v1::GetConsistencyProofRequest& request, v1::GetConsistencyProofResponse& response);
  Attempt TryDelivery(const v1::GetProofOfDeliveryRequest& request, const std::function<bool()>& is_cancelled,
                      v1::GetProofOfDeliveryResponse& response);
  std::optional<WireError> FillBundles(const PublishedCheckpoint& published, std::vector<Delivery> deliveries,
                                       v1::GetProofOfDeliveryResponse& response);

  static constexpr int kBundlingCountMax = 4;

  const EvidenceServiceOptions options_;
  db::ConnectionPool* const pool_;
  ProofMaker proofs_;
  CheckpointWatch watch_;
  std::counting_semaphore<kBundlingCountMax> bundling_{kBundlingCountMax};  // bounds the memory that bundles take
};

}  // namespace affidavit::ledger
