#include "services/timeouts/decision.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "boost/json/object.hpp"
#include "core/base/canonical_json.h"
#include "core/base/text.h"
#include "services/timeouts/adapter_history.h"

namespace affidavit::timeouts {
namespace {

namespace json = boost::json;

constexpr int kTimeoutRecordVersion = 1;
constexpr std::string_view kTimeoutEventType = "message:status:timeout";
constexpr std::string_view kTimeoutStatus = "PENDING_DELIVERY_FAIL";

void PutUnlessEmpty(const char* name, const std::string& text, json::object& out) {
  if (!text.empty()) {
    out[name] = text;
  }
}

json::object SendObject(const db::DueSend& send) {
  json::object out{{"event_id", send.event_id},
                   {"leaf_index", send.leaf_index},
                   {"receive_time", FormatRfc3339(send.receive_time)},
                   {"integrate_time", FormatRfc3339(send.integrate_time)}};
  if (send.event_time) {
    out["event_time"] = FormatRfc3339(*send.event_time);
  }
  return out;
}

}  // namespace

std::vector<ThresholdGroup> GroupsOf(const TimeoutsOptions& options) {
  ThresholdGroup others{.match = db::ChannelMatch::kAllBut, .channels = {}, .threshold = options.threshold};
  std::map<std::chrono::seconds, std::vector<std::string>> own;
  for (const auto& [channel, threshold] : options.channels) {
    others.channels.push_back(channel);
    if (threshold) {
      own[*threshold].push_back(channel);
    }
  }
  std::vector<ThresholdGroup> groups{std::move(others)};
  for (auto& [threshold, channels] : own) {
    groups.push_back({db::ChannelMatch::kOnly, std::move(channels), threshold});
  }
  return groups;
}

Decision Decide(const TimeoutsOptions& options, const Situation& situation, size_t count_max) {
  std::vector<OverdueSend> sends = situation.sends;
  std::sort(sends.begin(), sends.end(), [](const OverdueSend& a, const OverdueSend& b) {
    return std::make_tuple(a.DueTime(), a.send.leaf_index) < std::make_tuple(b.DueTime(), b.send.leaf_index);
  });
  std::optional<TimePoint> until = situation.settled_until;
  if (until) {
    until = std::min(*until, HandedOverUntil(situation.adapters, options.adapter_grace));
  }
  const bool is_silent = IsAnySilent(situation.adapters, situation.database_time, options.adapter_silence);
  const auto settled_end = std::find_if(sends.begin(), sends.end(), [&](const OverdueSend& overdue) {
    return is_silent || !until || overdue.DueTime() > *until;
  });
  Decision decision;
  const auto settled_count = static_cast<size_t>(settled_end - sends.begin());
  if (settled_end != sends.end()) {
    decision.holding_adapter_ids =
        HoldingAdapters(situation.adapters, situation.database_time, options.adapter_silence, settled_end->DueTime());
  }
  const size_t count = std::min(settled_count, count_max);
  decision.more = settled_count > count_max;
  if (count < sends.size()) {
    decision.oldest_due_age = std::max(std::chrono::microseconds(0), situation.database_time - sends[count].DueTime());
  }
  sends.resize(count);
  decision.to_mark = std::move(sends);
  return decision;
}

records::Record MakeTimeoutRecord(const OverdueSend& overdue, const std::string& worker_id) {
  const db::DueSend& send = overdue.send;
  json::object payload{{"v", kTimeoutRecordVersion},
                       {"status", std::string(kTimeoutStatus)},
                       {"event_type", std::string(kTimeoutEventType)},
                       {"source", send.source},
                       {"message_id", send.message_id},
                       {"threshold_seconds", overdue.threshold.count()},
                       {"counted_from_time", FormatRfc3339(send.counted_from_time)},
                       {"due_time", FormatRfc3339(overdue.DueTime())},
                       {"send", SendObject(send)},
                       {"worker_id", worker_id}};
  PutUnlessEmpty("channel", send.channel, payload);
  PutUnlessEmpty("correlation_id", send.correlation_id.value_or(""), payload);
  return {.kind = EntryKind::kStatus,
          .source = send.source,
          .idempotency_key = send.event_id,
          .payload = CanonicalJson(payload),
          .event_type = std::string(kTimeoutEventType),
          .channel = send.channel,
          .message_id = send.message_id,
          .correlation_id = send.correlation_id.value_or(""),
          .event_time = overdue.DueTime()};
}

}  // namespace affidavit::timeouts
