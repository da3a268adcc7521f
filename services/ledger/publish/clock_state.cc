#include "services/ledger/publish/clock_state.h"

#include <sys/timex.h>

#include "ops/metrics.h"

namespace affidavit::ledger {

std::optional<ClockState> ReadClockState() {
  timex clock{};  // modes == 0: only reads
  const int state = adjtimex(&clock);
  if (state < 0) {
    return std::nullopt;
  }
  return ClockState{.is_synchronized = state != TIME_ERROR && (clock.status & STA_UNSYNC) == 0,
                    .estimated_error_us = clock.esterror,
                    .maximum_error_us = clock.maxerror};
}

void SetClockGauge(const std::optional<ClockState>& clock) {
  if (clock) {
    ops::GaugeOf("affidavit_clock_synchronized", "Whether this machine's clock is kept by a time service.")
        .Set(clock->is_synchronized ? 1 : 0);
  }
}

}  // namespace affidavit::ledger
