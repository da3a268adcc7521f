// The command line of `simulate` as plain values, and what scenario and sender make of them. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "cli/simulate/scenario.h"
#include "cli/simulate/sender.h"

namespace affidavit::simulate {

struct Settings {
  std::string url, ca_file, secret_file, journal_file;
  std::string scheme = "hmac-sha256-hex";
  std::string signature_header;  // empty: the scheme's
  std::string rate = "100/s";    // or "max"
  std::optional<double> seconds;
  std::optional<int64_t> events;
  int connections = 8;
  int retries = 5;
  double retry_delay_seconds = 1;
  double timeout_seconds = 10;
  uint64_t seed = 1;
  std::string run_id;      // empty: `now`
  std::string start_time;  // RFC 3339; empty: `now`
  int64_t first_number = 0;
  size_t body_size_bytes = 1024;
  Shares shares;
  bool schema_change = false;
};

// INVALID_ARGUMENT for what cannot be read or played.
absl::StatusOr<ScenarioOptions> MakeScenarioOptions(const Settings& settings, TimePoint now);

// All but the secret's bytes.
absl::StatusOr<SenderOptions> MakeSenderOptions(const Settings& settings);

}  // namespace affidavit::simulate
