// AppendService over the synchronous gRPC API: checks requests, prepares entries on the request's own thread, and waits
// for the sequencer. A call is answered within `answer_time_max`, or its own deadline when that is sooner. Thread-safe.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "affidavit/v1/append_service.grpc.pb.h"
#include "core/envelope/admission.h"
#include "db/connection_pool.h"
#include "services/ledger/append/adapter_registry.h"
#include "services/ledger/append/key_registry.h"
#include "services/ledger/append/sequencer.h"
#include "services/ledger/retention_board.h"
#include "services/ledger/wire/status.h"

namespace affidavit::ledger {

struct AppendServiceOptions {
  std::map<std::string, Admitter, std::less<>> admitters;  // by source
  RetentionRules retention;                                // but the policies
  const RetentionBoard* board = nullptr;                   // has the policies; outlives the service; none: none
  std::chrono::milliseconds answer_time_max{8'000};
  // Whether this ledger may append: OK, FAILED_PRECONDITION (rolled back) or UNAVAILABLE. Must not block; none: always.
  std::function<absl::Status()> check_gate;
};

class AppendService final : public v1::AppendService::Service {
 public:
  // All pointers outlive the service. `is_ready`: the store answered lately; must not block.
  AppendService(AppendServiceOptions options, Sequencer* sequencer, db::ConnectionPool* pool, AdapterRegistry* adapters,
                std::function<bool()> is_ready);

  grpc::Status AppendEnvelopes(grpc::ServerContext* context, const v1::AppendEnvelopesRequest* request,
                               v1::AppendEnvelopesResponse* response) override;
  grpc::Status AppendRecords(grpc::ServerContext* context, const v1::AppendRecordsRequest* request,
                             v1::AppendRecordsResponse* response) override;
  grpc::Status ReadmitEntries(grpc::ServerContext* context, const v1::ReadmitEntriesRequest* request,
                              v1::ReadmitEntriesResponse* response) override;

 private:
  using Results = google::protobuf::RepeatedPtrField<v1::AppendResult>;
  using Deadline = AppendCall::Deadline;

  // Entries on their way and the results that their answers become.
  struct Submission {
    std::vector<PreparedEntry> entries;
    std::vector<v1::AppendResult*> results;  // beside entries
  };

  std::optional<WireError> CheckGate() const;
  RetentionRules Retention() const;
  Deadline DeadlineOf(const grpc::ServerContext& context) const;
  std::optional<WireError> CheckKeys(const v1::AppendEnvelopesRequest& request);
  void PrepareOne(const IncomingEnvelope& envelope, const std::string& field, std::shared_ptr<const void> owner,
                  std::optional<TimePoint> oldest_spooled, v1::AppendResult* result, Submission& submission) const;
  // Stores and fills in the results, or says what the whole call fails with.
  std::optional<WireError> Append(Submission submission, Deadline deadline);
  std::optional<WireError> ReadmitOne(int64_t leaf_index, v1::AppendResult* result, Submission& submission) const;

  const AppendServiceOptions options_;
  Sequencer* const sequencer_;
  db::ConnectionPool* const pool_;
  AdapterRegistry* const adapters_;
  const std::function<bool()> is_ready_;
  KeyRegistry keys_;
};

}  // namespace affidavit::ledger
