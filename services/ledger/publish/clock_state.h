// What the kernel says of this machine's clock: whether something keeps it (adjtimex(2)), and how wrong it thinks it
// is. Thread-safe.
#pragma once

#include <cstdint>
#include <optional>

namespace affidavit::ledger {

struct ClockState {
  bool is_synchronized = false;
  int64_t estimated_error_us = 0;
  int64_t maximum_error_us = 0;
};

// Needs no privilege. Nothing where the kernel, or a container's rules, refuse to say.
std::optional<ClockState> ReadClockState();

// affidavit_clock_synchronized: 1 or 0; absent from the metrics while nothing was ever read.
void SetClockGauge(const std::optional<ClockState>& clock);

}  // namespace affidavit::ledger
