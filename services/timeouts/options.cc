#include "services/timeouts/options.h"

#include <charconv>
#include <cstdint>

namespace affidavit::timeouts {
namespace {

constexpr int64_t kThresholdSecondsMax = 2'592'000;  // 30 days
constexpr std::string_view kOff = "off";

std::optional<int64_t> ThresholdSeconds(std::string_view text) {
  int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  const bool sound = error == std::errc() && end == text.data() + text.size();
  return sound && seconds >= 1 && seconds <= kThresholdSecondsMax ? std::optional(seconds) : std::nullopt;
}

}  // namespace

std::optional<std::chrono::seconds> TimeoutsOptions::ThresholdOf(const std::string& channel) const {
  const auto own = channels.find(channel);
  return own == channels.end() ? std::optional(threshold) : own->second;
}

absl::StatusOr<TimeoutsOptions> MakeTimeoutsOptions(const config::TimeoutsConfig& config,
                                                    const std::string& worker_id) {
  if (config.threshold_seconds < 1 || config.threshold_seconds > kThresholdSecondsMax ||
      config.adapter_silence_seconds < 1 || config.adapter_grace_seconds < 0 || config.poll_interval_ms < 1) {
    return absl::InvalidArgumentError("a number of [timeouts] is out of range");
  }
  TimeoutsOptions options;
  options.worker_id = worker_id;
  options.threshold = std::chrono::seconds(config.threshold_seconds);
  options.adapter_silence = std::chrono::seconds(config.adapter_silence_seconds);
  options.adapter_grace = std::chrono::seconds(config.adapter_grace_seconds);
  options.poll_interval = std::chrono::milliseconds(config.poll_interval_ms);
  for (const auto& [channel, text] : config.channels) {
    const std::optional<int64_t> seconds = ThresholdSeconds(text);
    if (!seconds && text != kOff) {
      return absl::InvalidArgumentError("timeouts.channels." + channel +
                                        " must be \"off\" or seconds from 1 to 2592000");
    }
    options.channels[channel] = seconds ? std::optional(std::chrono::seconds(*seconds)) : std::nullopt;
  }
  return options;
}

}  // namespace affidavit::timeouts
