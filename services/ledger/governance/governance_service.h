// GovernanceService over the synchronous gRPC API. Each act is appended like any record and then read back from the
// log: what is answered and listed is what the projections hold. Thread-safe.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "affidavit/v1/governance_service.grpc.pb.h"
#include "core/retention/act.h"
#include "db/connection_pool.h"
#include "db/governance_store.h"
#include "services/ledger/retention_board.h"

namespace affidavit::ledger {

struct GovernanceServiceOptions {
  int retention_years = 0;      // ledger.retention_years
  int retention_years_max = 0;  // retention.max_years
  // Appends the entry of an act, through the sequencer; errors as in append/append_record.h. Answers within seconds.
  std::function<absl::Status(const GovernanceRecord&)> append;
};

class GovernanceService final : public v1::GovernanceService::Service {
 public:
  // Both pointers outlive the service.
  GovernanceService(GovernanceServiceOptions options, db::ConnectionPool* pool, RetentionBoard* board);

  grpc::Status SetRetentionPolicy(grpc::ServerContext* context, const v1::SetRetentionPolicyRequest* request,
                                  v1::SetRetentionPolicyResponse* response) override;
  grpc::Status ListRetentionPolicies(grpc::ServerContext* context, const v1::ListRetentionPoliciesRequest* request,
                                     v1::ListRetentionPoliciesResponse* response) override;
  grpc::Status CreateLegalHold(grpc::ServerContext* context, const v1::CreateLegalHoldRequest* request,
                               v1::CreateLegalHoldResponse* response) override;
  grpc::Status ReleaseLegalHold(grpc::ServerContext* context, const v1::ReleaseLegalHoldRequest* request,
                                v1::ReleaseLegalHoldResponse* response) override;
  grpc::Status ListLegalHolds(grpc::ServerContext* context, const v1::ListLegalHoldsRequest* request,
                              v1::ListLegalHoldsResponse* response) override;
  grpc::Status RegisterSchemaVersion(grpc::ServerContext* context, const v1::RegisterSchemaVersionRequest* request,
                                     v1::RegisterSchemaVersionResponse* response) override;
  grpc::Status ListSchemaVersions(grpc::ServerContext* context, const v1::ListSchemaVersionsRequest* request,
                                  v1::ListSchemaVersionsResponse* response) override;

 private:
  // Reads after folding the log to its end.
  absl::Status Read(const std::function<absl::Status(db::Transaction&)>& body);
  grpc::Status ValidateRetention(const RetentionPolicy& policy, const std::optional<db::StoredPolicy>& known,
                                 v1::SetRetentionPolicyResponse& response);
  absl::StatusOr<std::optional<db::StoredPolicy>> ReadPolicy(const RetentionPolicy& policy);
  absl::StatusOr<std::optional<db::StoredHold>> ReadHold(const std::string& hold_id);

  const GovernanceServiceOptions options_;
  db::ConnectionPool* const pool_;
  RetentionBoard* const board_;
};

}  // namespace affidavit::ledger
