// A real ledger, a real projector and timeouts jobs on one database. Adapters are as alive as the test says.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "services/projector/projector_job.h"
#include "services/records/record_client.h"
#include "services/timeouts/timeouts_job.h"
#include "tests/integration/ledger/ledger_fixture.h"

namespace affidavit::timeouts {

// The ledger's client with a word in between.
using Append = std::function<absl::StatusOr<std::vector<records::RecordReceipt>>(std::span<const records::Record>)>;
using AppendHook =
    std::function<absl::StatusOr<std::vector<records::RecordReceipt>>(std::span<const records::Record>, const Append&)>;

class TimeoutsFixture : public ledger::LedgerFixture {
 protected:
  TimeoutsFixture();

  // Of one second for every channel.
  static TimeoutsOptions Options(const std::string& worker_id = "worker-1");
  void Start(TimeoutsOptions options = Options(), AppendHook hook = nullptr);
  void StopAll() { jobs_.clear(); }
  // Ends the jobs before what the test declared above it.
  class StopAtEnd {
   public:
    explicit StopAtEnd(TimeoutsFixture* fixture) : fixture_(fixture) {}
    ~StopAtEnd() { fixture_->StopAll(); }
    StopAtEnd(const StopAtEnd&) = delete;
    StopAtEnd& operator=(const StopAtEnd&) = delete;

   private:
    TimeoutsFixture* const fixture_;
  };

  // In scope; `more` are members of the event, each with a comma before it.
  static std::string Event(const std::string& id, const std::string& type, const std::string& message_id,
                           const std::string& channel = "sms", const std::string& more = "");
  void Add(const std::vector<std::string>& bodies);
  void AddSends(const std::string& prefix, int count);

  // Appends an adapter's retirement, as `affidavit adapter retire` does.
  void Retire(const std::string& adapter_id);

  // Waits for it while every adapter of `alive_` gives signs of life; false after 60 s.
  bool Eventually(const std::function<bool()>& condition);
  // Goes on for that long, adapters alive.
  void Pass(std::chrono::milliseconds time);

  int TimeoutCount() {
    return std::stoi(database_.Exec("SELECT count(*) FROM affidavit.entries WHERE kind = 'status'"));
  }
  // Of the projections.
  std::string StatusOf(const std::string& message_id);
  v1::Entry TimeoutOf(const std::string& event_id);
  bool IsHeldBack();

  config::Config config_;
  ledger::RunningLedger ledger_;
  // By id; what its spool says, if anything.
  std::map<std::string, std::optional<TimePoint>> alive_{{"adapter-1", std::nullopt}};
  std::unique_ptr<projector::ProjectorJob> projector_;
  std::vector<std::unique_ptr<TimeoutsJob>> jobs_;
};

}  // namespace affidavit::timeouts
