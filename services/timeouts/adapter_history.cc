#include "services/timeouts/adapter_history.h"

#include <algorithm>

namespace affidavit::timeouts {
namespace {

constexpr size_t kSightingCountMax = 4'096;

}  // namespace

TimePoint HandedOverUntil(std::span<const db::KnownAdapter> adapters, std::chrono::seconds grace) {
  TimePoint until = TimePoint::max();
  for (const db::KnownAdapter& adapter : adapters) {
    if (!adapter.retire_time) {
      until = std::min(until, adapter.last_seen_time - grace);
      until = std::min(until, adapter.oldest_spooled_receive_time.value_or(until));
    }
  }
  return until;
}

std::vector<std::string> HoldingAdapters(std::span<const db::KnownAdapter> adapters, TimePoint now,
                                         std::chrono::seconds silence, TimePoint due_time) {
  std::vector<std::string> ids;
  for (const db::KnownAdapter& adapter : adapters) {
    const bool is_silent = now - adapter.last_seen_time > silence;
    const bool spools = adapter.oldest_spooled_receive_time && *adapter.oldest_spooled_receive_time < due_time;
    if (!adapter.retire_time && (is_silent || spools)) {
      ids.push_back(adapter.adapter_id);
    }
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

bool IsAnySilent(std::span<const db::KnownAdapter> adapters, TimePoint now, std::chrono::seconds silence) {
  return std::any_of(adapters.begin(), adapters.end(), [&](const db::KnownAdapter& adapter) {
    return !adapter.retire_time && now - adapter.last_seen_time > silence;
  });
}

void AdapterHistory::Note(TimePoint now, std::span<const db::KnownAdapter> adapters) {
  if (sightings_.size() == kSightingCountMax) {
    sightings_.pop_back();  // the older ones are of use first
  }
  sightings_.push_back({now, HandedOverUntil(adapters, grace_)});
}

std::optional<TimePoint> AdapterHistory::SettledUntil(TimePoint folded_until) {
  while (sightings_.size() > 1 && sightings_[1].time <= folded_until) {
    sightings_.pop_front();
  }
  if (sightings_.empty() || sightings_.front().time > folded_until) {
    return std::nullopt;
  }
  return std::min(sightings_.front().handed_over_until, folded_until);
}

}  // namespace affidavit::timeouts
