// QueryService over the synchronous gRPC API: every read is a short transaction of its own on a pooled
// connection, and holds it no longer. Thread-safe.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "affidavit/v1/query_service.grpc.pb.h"
#include "db/connection_pool.h"
#include "services/ledger/wire/deliveries.h"

namespace affidavit::ledger {

struct QueryServiceOptions {
  std::string version;  // of this build, for GetStatus
  // Whether this ledger may append, FAILED_PRECONDITION when its log was rolled back; must not block; none when nothing
  // is signed.
  std::function<absl::Status()> check_gate;
  std::string subject_key;  // of the deployment; empty: SUBJECT_KEY_NOT_CONFIGURED for whoever asks by recipient
  int drift_threshold_ms = 5'000;
  DeliveryLimits custody_limits;  // of one answer, whatever the number of its chains
};

class QueryService final : public v1::QueryService::Service {
 public:
  // `pool` outlives the service.
  QueryService(db::ConnectionPool* pool, QueryServiceOptions options) : options_(std::move(options)), pool_(pool) {}

  grpc::Status GetEntry(grpc::ServerContext* context, const v1::GetEntryRequest* request,
                        v1::GetEntryResponse* response) override;
  grpc::Status ListEntries(grpc::ServerContext* context, const v1::ListEntriesRequest* request,
                           v1::ListEntriesResponse* response) override;
  grpc::Status GetCustodyChain(grpc::ServerContext* context, const v1::GetCustodyChainRequest* request,
                               v1::GetCustodyChainResponse* response) override;
  grpc::Status GetStatus(grpc::ServerContext* context, const v1::GetStatusRequest* request,
                         v1::GetStatusResponse* response) override;

 private:
  const QueryServiceOptions options_;
  db::ConnectionPool* const pool_;
};

}  // namespace affidavit::ledger
