// A ledger in this process on a database of its own, spoken to over gRPC on a Unix socket as adapters and the CLI do.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "affidavit/v1/append_service.grpc.pb.h"
#include "affidavit/v1/query_service.grpc.pb.h"
#include "config/config.h"
#include "grpcpp/grpcpp.h"
#include "services/ledger/server.h"
#include "tests/support/test_database.h"

namespace affidavit::ledger {

// One running ledger and the stubs to call it.
class RunningLedger {
 public:
  explicit RunningLedger(const config::Config& config);

  LedgerServer& server() { return *server_; }
  std::shared_ptr<grpc::Channel> channel() const { return channel_; }

  // REQUIRES: the call succeeds; the test fails otherwise.
  std::vector<v1::AppendResult> Append(const v1::AppendEnvelopesRequest& request);
  v1::AppendResult AppendOne(const v1::Envelope& envelope);
  v1::ListEntriesResponse List(const v1::ListEntriesRequest& request);
  v1::GetStatusResponse Status();
  v1::Entry Get(int64_t leaf_index);

  // For calls that may fail.
  template <typename Request, typename Response>
  grpc::Status Call(grpc::Status (v1::AppendService::Stub::*rpc)(grpc::ClientContext*, const Request&, Response*),
                    const Request& request, Response* response) {
    grpc::ClientContext context;
    SetDeadline(context);
    return (append_.get()->*rpc)(&context, request, response);
  }
  template <typename Request, typename Response>
  grpc::Status Call(grpc::Status (v1::QueryService::Stub::*rpc)(grpc::ClientContext*, const Request&, Response*),
                    const Request& request, Response* response) {
    grpc::ClientContext context;
    SetDeadline(context);
    return (query_.get()->*rpc)(&context, request, response);
  }

 private:
  static void SetDeadline(grpc::ClientContext& context);

  std::unique_ptr<LedgerServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::AppendService::Stub> append_;
  std::unique_ptr<v1::QueryService::Stub> query_;
};

class LedgerFixture : public ::testing::Test {
 protected:
  LedgerFixture();
  ~LedgerFixture() override;

  // Sources "genesys" and "other", both with the default profile. Each call names a socket of its own.
  config::Config MakeConfig();

  testing::TestDatabase database_;
  std::string folder_;  // of this test alone
  int socket_count_ = 0;
};

// With a signature that looks like one; the ledger keeps it and does not check it.
v1::Envelope MakeEnvelope(const std::string& payload, const std::string& source = "genesys");
// In scope under the default profile.
std::string EventBody(const std::string& id, const std::string& more = "");
v1::AppendEnvelopesRequest MakeRequest(const std::vector<v1::Envelope>& envelopes);

// The ErrorInfo reason that `status` carries; "" without.
std::string ReasonOf(const grpc::Status& status);
std::string ReasonOf(const google::rpc::Status& status);
std::vector<std::string> FieldsAtFault(const google::rpc::Status& status);
std::vector<std::string> FieldsAtFault(const grpc::Status& status);

}  // namespace affidavit::ledger
