// A whole ledger whose messages' chains of custody are asked for over gRPC.
#pragma once

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "services/ledger/query/custody_wire.h"
#include "tests/integration/ledger/ledger_fixture.h"
#include "tests/integration/projector/projected_log.h"

namespace affidavit::ledger {

class CustodyFixture : public LedgerFixture {
 protected:
  CustodyFixture() { config_.facts.subject_key = projector::ProjectedDetails().subject_key; }

  RunningLedger& ledger() {
    if (!ledger_) {
      ledger_.emplace(config_);
    }
    return *ledger_;
  }

  // An event of the default profile: `message` and `more` are further members, of the message and of the whole.
  static std::string Event(const std::string& id, const std::string& type, const std::string& message_id,
                           const std::string& message = "", const std::string& more = "") {
    return R"({"id":")" + id + R"(","type":"message:)" + type + R"(","message":{"id":")" + message_id +
           R"(","direction":"outbound","channel":"sms")" + message + "}" + more + "}";
  }
  static std::string At(const std::string& time) { return R"(,"timestamp":"2026-01-01T00:00:)" + time + "Z\""; }
  static std::string To(const std::string& address) { return R"(,"to":")" + address + "\""; }

  int64_t Append(const std::string& body, const std::string& source = "genesys") {
    return ledger().AppendOne(MakeEnvelope(body, source)).leaf_index();
  }
  // As the timeouts job does.
  int64_t AppendTimeout(const std::string& send_id, const std::string& message_id);
  void Fold() { projector::FoldingProcess(database_.url(testing::Role::kWorker)).FoldAll(); }

  static v1::GetCustodyChainRequest ByMessage(const std::string& id, const std::string& source = "");
  static v1::GetCustodyChainRequest ByCorrelation(const std::string& id, const std::string& source = "");
  static v1::GetCustodyChainRequest ByEvent(const std::string& id, const std::string& source = "");
  static v1::GetCustodyChainRequest ByRecipient(const std::string& address, int page_size = 0);

  grpc::Status TryAsk(const v1::GetCustodyChainRequest& request, v1::GetCustodyChainResponse* response) {
    return ledger().Call(&v1::QueryService::Stub::GetCustodyChain, request, response);
  }
  // REQUIRES: it succeeds.
  v1::GetCustodyChainResponse Ask(const v1::GetCustodyChainRequest& request);
  // REQUIRES: it has exactly one chain.
  v1::CustodyChain Chain(const v1::GetCustodyChainRequest& request);
  std::string Reason(const v1::GetCustodyChainRequest& request);

  // "LEAF_INDEX STATUS WORD" of each event.
  static std::vector<std::string> Told(const v1::CustodyChain& chain);

  config::Config config_ = MakeConfig();
  std::optional<RunningLedger> ledger_;
};

}  // namespace affidavit::ledger
