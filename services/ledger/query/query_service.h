// QueryService over the synchronous gRPC API: every call is one short transaction of its own on a pooled connection.
// Thread-safe.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "affidavit/v1/query_service.grpc.pb.h"
#include "db/connection_pool.h"

namespace affidavit::ledger {

class QueryService final : public v1::QueryService::Service {
 public:
  // `pool` outlives the service. `version`: of this build, for GetStatus. `check_gate`: whether this ledger may append,
  // FAILED_PRECONDITION when its log was rolled back; must not block; none when nothing is signed.
  QueryService(db::ConnectionPool* pool, std::string version, std::function<absl::Status()> check_gate = nullptr)
      : pool_(pool), version_(std::move(version)), check_gate_(std::move(check_gate)) {}

  grpc::Status GetEntry(grpc::ServerContext* context, const v1::GetEntryRequest* request,
                        v1::GetEntryResponse* response) override;
  grpc::Status ListEntries(grpc::ServerContext* context, const v1::ListEntriesRequest* request,
                           v1::ListEntriesResponse* response) override;
  grpc::Status GetStatus(grpc::ServerContext* context, const v1::GetStatusRequest* request,
                         v1::GetStatusResponse* response) override;

 private:
  db::ConnectionPool* const pool_;
  const std::string version_;
  const std::function<absl::Status()> check_gate_;
};

}  // namespace affidavit::ledger
