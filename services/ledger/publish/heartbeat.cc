#include "services/ledger/publish/heartbeat.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "boost/json/array.hpp"
#include "boost/json/object.hpp"
#include "boost/json/serialize.hpp"
#include "core/base/status_macros.h"

namespace affidavit::ledger {
namespace {

namespace json = boost::json;

// What admission makes, by source: our own records say nothing of anybody's silence.
json::array SourcesOf(const db::Counts& counts) {
  std::map<std::string, std::pair<int64_t, TimePoint>> sources;
  for (const db::EntryCount& count : counts.counts) {
    if (IsRecord(count.kind)) {
      continue;
    }
    auto& [entry_count, last_receive_time] = sources[count.source];
    entry_count += count.entry_count;
    last_receive_time = std::max(last_receive_time, count.last_receive_time);
  }
  json::array array;
  for (const auto& [source, seen] : sources) {
    array.push_back(json::object{
        {"source", source}, {"entry_count", seen.first}, {"last_receive_time", FormatRfc3339(seen.second)}});
  }
  return array;
}

}  // namespace

HeartbeatRecord MakeHeartbeat(TimePoint interval_begin, TimePoint now, const db::Counts& counts,
                              const std::vector<db::AdapterSeen>& adapters, const std::optional<ClockState>& clock) {
  json::array adapters_seen;
  for (const db::AdapterSeen& adapter : adapters) {
    adapters_seen.push_back(
        json::object{{"adapter_id", adapter.adapter_id}, {"last_seen_time", FormatRfc3339(adapter.last_seen_time)}});
  }
  json::object payload{{"time", FormatRfc3339(now)},
                       {"tree_size", counts.tree_size},
                       {"sources", SourcesOf(counts)},
                       {"adapters", std::move(adapters_seen)}};
  if (clock) {
    payload["clock"] = json::object{{"synchronized", clock->is_synchronized},
                                    {"estimated_error_us", clock->estimated_error_us},
                                    {"maximum_error_us", clock->maximum_error_us}};
  }
  return {.idempotency_key = FormatRfc3339(interval_begin), .time = now, .payload = json::serialize(payload)};
}

Heartbeat::Heartbeat(std::chrono::seconds interval, db::ConnectionPool* pool, Append append, const Clock& clock)
    : interval_(interval),
      pool_(pool),
      append_(std::move(append)),
      clock_(clock),
      due_time_(std::chrono::steady_clock::time_point::min()) {}

absl::Status Heartbeat::RunOnce() {
  const std::optional<ClockState> clock = ReadClockState();
  SetClockGauge(clock);
  if (clock_.SteadyNow() < due_time_) {
    return absl::OkStatus();
  }
  TimePoint now;
  db::Counts counts;
  std::vector<db::AdapterSeen> adapters;
  RETURN_IF_ERROR(pool_->Transact([&](db::Transaction& transaction) {
    now = db::ReadDatabaseTime(transaction);
    counts = db::ReadCounts(transaction);
    adapters = db::ReadAdapters(transaction);
    return absl::OkStatus();
  }));
  const TimePoint begin = BeginOfInterval(now);
  if (last_begin_ && *last_begin_ < begin) {
    RETURN_IF_ERROR(append_(MakeHeartbeat(begin, now, counts, adapters, clock)));
  }
  last_begin_ = begin;
  due_time_ = clock_.SteadyNow() + (begin + interval_ - now);
  return absl::OkStatus();
}

TimePoint Heartbeat::BeginOfInterval(TimePoint now) const {
  const auto since_epoch = now.time_since_epoch();
  return TimePoint(since_epoch - since_epoch % interval_);
}

}  // namespace affidavit::ledger
