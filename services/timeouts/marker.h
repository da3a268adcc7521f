// One worker's part in marking silent failures, step by step: looks, decides, appends. Whatever fails between two of
// its lines, the next step of this worker or another does over: the log knows each record by its send. One thread's
// world.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "db/session_lock.h"
#include "services/records/record_client.h"
#include "services/timeouts/adapter_history.h"
#include "services/timeouts/decision.h"
#include "services/timeouts/options.h"

namespace affidavit::timeouts {

class Marker {
 public:
  // All outlive it. `is_stopping` is asked before each call to the ledger.
  Marker(const TimeoutsOptions* options, db::SessionLock* lock, records::RecordClient* ledger,
         std::function<bool()> is_stopping);

  // REQUIRES: the lock was acquired. True: more can be marked at once. Errors: of the database, of the lock (lost), of
  // the ledger.
  absl::StatusOr<bool> Step();

  // When another worker has the lock: nothing that this one saw counts any more.
  void StandBy();

 private:
  using SendKey = std::pair<std::string, std::string>;  // source, event_id

  absl::StatusOr<Situation> Look();
  void Keep(std::vector<OverdueSend>& sends);
  absl::Status Append(std::span<const OverdueSend> sends);
  absl::Status AppendEach(std::span<const OverdueSend> sends);
  void NoteHoldup(const Decision& decision);

  const TimeoutsOptions* const options_;
  db::SessionLock* const lock_;
  records::RecordClient* const ledger_;
  const std::function<bool()> is_stopping_;

  AdapterHistory history_;
  std::set<SendKey> marked_;   // in the log, and not in the projections yet
  std::set<SendKey> refused_;  // the ledger takes no record of these, ever
  std::optional<std::chrono::steady_clock::time_point> held_since_, alert_time_;
};

}  // namespace affidavit::timeouts
