#include "services/timeouts/timeouts_metrics.h"

#include "ops/metrics.h"

namespace affidavit::timeouts {

void CountMarked(const std::string& channel) {
  ops::CounterOf("affidavit_timeouts_marked_total", "Sends that were marked as silent failures.",
                 {{"channel", channel.empty() ? "UNKNOWN" : channel}})
      .Increment();
}

void SetHoldup(bool is_held_back, std::chrono::microseconds oldest_due_age) {
  ops::GaugeOf("affidavit_timeouts_held_back", "1 while sends that are due wait for what an adapter may still hold.")
      .Set(is_held_back ? 1 : 0);
  ops::GaugeOf("affidavit_timeouts_oldest_due_seconds", "Since when the oldest send that is not marked yet is due.")
      .Set(std::chrono::duration<double>(oldest_due_age).count());
}

}  // namespace affidavit::timeouts
