#include "cli/simulate/settings.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "core/base/status_macros.h"
#include "core/base/text.h"

namespace affidavit::simulate {
namespace {

constexpr double kSecondsDefault = 10;
constexpr double kNominalRate = 1'000;  // spaces the timestamps of an unpaced run

bool IsUnpaced(const Settings& settings) {
  return settings.rate == "max";
}

absl::StatusOr<double> ParseRate(const std::string& text) {
  double rate = 0;
  if (!absl::SimpleAtod(absl::StripSuffix(text, "/s"), &rate) || !std::isfinite(rate) || rate <= 0 || rate > 1e6) {
    return absl::InvalidArgumentError(Concat({"--rate ", text, " is no rate, such as 200/s or max"}));
  }
  return rate;
}

std::chrono::milliseconds Milliseconds(double seconds) {
  return std::chrono::milliseconds(static_cast<int64_t>(seconds * 1e3));
}

}  // namespace

absl::StatusOr<ScenarioOptions> MakeScenarioOptions(const Settings& settings, TimePoint now) {
  ScenarioOptions options;
  options.seed = settings.seed;
  options.run_id = settings.run_id.empty() ? FormatRfc3339(now) : settings.run_id;
  options.first_number = settings.first_number;
  options.body_size_bytes = settings.body_size_bytes;
  options.shares = settings.shares;
  options.schema_change = settings.schema_change;
  options.start_time = now;
  if (!settings.start_time.empty()) {
    const std::optional<TimePoint> start = ParseRfc3339(settings.start_time);
    if (!start) {
      return absl::InvalidArgumentError("--start-time is no RFC 3339 time, such as 2026-11-24T03:47:34Z");
    }
    options.start_time = *start;
  }
  if (IsUnpaced(settings) && !settings.events) {
    return absl::InvalidArgumentError("--rate max needs --events: how many posts");
  }
  options.rate = kNominalRate;
  if (!IsUnpaced(settings)) {
    ASSIGN_OR_RETURN(options.rate, ParseRate(settings.rate));
  }
  const double planned = std::ceil(options.rate * settings.seconds.value_or(kSecondsDefault));
  if (planned > 1e9) {
    return absl::InvalidArgumentError("that is over a thousand million posts");
  }
  options.post_count = settings.events.value_or(static_cast<int64_t>(planned));
  RETURN_IF_ERROR(CheckScenario(options));
  return options;
}

absl::StatusOr<SenderOptions> MakeSenderOptions(const Settings& settings) {
  SenderOptions options;
  ASSIGN_OR_RETURN(options.target.url, NormalizeUrl(settings.url));
  options.target.ca_file = settings.ca_file;
  options.target.timeout = Milliseconds(settings.timeout_seconds);
  absl::StatusOr<SignatureScheme> scheme = ParseSignatureScheme(settings.scheme);
  if (!scheme.ok()) {
    return absl::InvalidArgumentError(scheme.status().message());
  }
  options.secret.scheme = *scheme;
  options.secret.header = settings.signature_header.empty() ? std::string(DefaultSignatureHeader(*scheme))
                                                            : absl::AsciiStrToLower(settings.signature_header);
  options.connection_count = settings.connections;
  options.retry.retry_count_max = settings.retries;
  options.retry.delay_first = Milliseconds(settings.retry_delay_seconds);
  options.paced = !IsUnpaced(settings);
  return options;
}

}  // namespace affidavit::simulate
