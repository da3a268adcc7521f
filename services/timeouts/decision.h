// Which sends are silent failures by now, and what the record of one says (docs/answers.md, "Silent failures"). Pure,
// thread-safe.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/time.h"
#include "db/timeouts_store.h"
#include "services/records/record_client.h"
#include "services/timeouts/options.h"

namespace affidavit::timeouts {

// A send that nobody has answered, with the threshold of its channel.
struct OverdueSend {
  db::DueSend send;
  std::chrono::seconds threshold{0};

  TimePoint DueTime() const { return send.counted_from_time + threshold; }
};

// What is asked of the database for one threshold.
struct ThresholdGroup {
  db::ChannelMatch match;
  std::vector<std::string> channels;
  std::chrono::seconds threshold;
};
// Together they are all channels but those that are off.
std::vector<ThresholdGroup> GroupsOf(const TimeoutsOptions& options);

struct Situation {
  TimePoint database_time;
  std::optional<TimePoint> settled_until;  // AdapterHistory::SettledUntil
  std::vector<db::KnownAdapter> adapters;
  std::vector<OverdueSend> sends;  // due before folded_until and not known to be marked; in any order
};

struct Decision {
  std::vector<OverdueSend> to_mark;              // the oldest first, at most `count_max`
  bool more = false;                             // than those can be marked
  std::vector<std::string> holding_adapter_ids;  // what else is due waits for these; empty: for nobody
  std::chrono::microseconds oldest_due_age{0};   // of the oldest that is not marked yet
};
Decision Decide(const TimeoutsOptions& options, const Situation& situation, size_t count_max);

records::Record MakeTimeoutRecord(const OverdueSend& overdue, const std::string& worker_id);

}  // namespace affidavit::timeouts
