// What decides when a send counts as a silent failure. Plain values.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "config/config.h"

namespace affidavit::timeouts {

struct TimeoutsOptions {
  std::string worker_id = "worker-1";  // in every record
  std::chrono::seconds threshold{120};
  std::map<std::string, std::optional<std::chrono::seconds>> channels;  // instead, by channel; nothing: never
  std::chrono::seconds adapter_silence{30};  // an adapter silent for longer holds all of it up
  // Longer than an adapter holds an event before it hands it over (adapter.answer_timeout_ms), and the second after
  // which the ledger notes its call: what it received so long before a call is in the log, or in its spool.
  std::chrono::seconds adapter_grace{12};
  std::chrono::seconds held_back_alert{600};  // held up for longer raises an alert
  std::chrono::milliseconds poll_interval{1'000};
  std::chrono::milliseconds backoff_min{500}, backoff_max{30'000};

  // Nothing: sends of this channel are never marked.
  std::optional<std::chrono::seconds> ThresholdOf(const std::string& channel) const;
};

// INVALID_ARGUMENT, naming the key, when a channel's value is neither "off" nor a whole number of seconds from 1 to
// 2,592,000 (30 days), or another number is out of range.
absl::StatusOr<TimeoutsOptions> MakeTimeoutsOptions(const config::TimeoutsConfig& config, const std::string& worker_id);

}  // namespace affidavit::timeouts
