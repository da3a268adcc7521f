// Once an interval, an entry that says what the ledger has heard of whom until then: later nobody can claim that
// silence was a gap in the log. Its idempotency key is the interval's beginning, so of several ledgers one appends it.
// A log begins with events, not with a heartbeat: the first comes with the first interval that begins while a ledger
// runs.
//
// One thread's world.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "core/base/time.h"
#include "db/connection_pool.h"
#include "db/state.h"
#include "services/ledger/publish/clock_state.h"

namespace affidavit::ledger {

struct HeartbeatRecord {
  std::string idempotency_key;  // RFC 3339
  TimePoint time;               // the database's clock
  std::string payload;          // JSON: docs/log-format.md, "Heartbeats"
};

HeartbeatRecord MakeHeartbeat(TimePoint interval_begin, TimePoint now, const db::Counts& counts,
                              const std::vector<db::AdapterSeen>& adapters, const std::optional<ClockState>& clock);

class Heartbeat {
 public:
  // OK once it is stored, by whomever.
  using Append = std::function<absl::Status(const HeartbeatRecord&)>;

  // `pool` outlives it.
  Heartbeat(std::chrono::seconds interval, db::ConnectionPool* pool, Append append, const Clock& clock = SystemClock());

  // Appends when an interval has begun since the last call; cheap otherwise: then it only looks at the machine's clock
  // (affidavit_clock_synchronized). After an error the next call tries again.
  absl::Status RunOnce();

 private:
  // By the database's clock, so that all ledgers count the same intervals.
  TimePoint BeginOfInterval(TimePoint now) const;

  // Constant after construction.
  const std::chrono::seconds interval_;
  db::ConnectionPool* const pool_;
  const Append append_;
  const Clock& clock_;

  std::optional<TimePoint> last_begin_;             // of the interval that is done
  std::chrono::steady_clock::time_point due_time_;  // of the next one
};

}  // namespace affidavit::ledger
