#include "ops/alerts.h"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ops/alert_limiter.h"
#include "ops/metrics.h"
#include "ops/security_journal.h"

namespace affidavit::ops {

prometheus::Counter& AlertCounter(std::string_view alert) {
  return CounterOf("affidavit_alerts_total", "Alerts raised; docs/runbook.md says what to do about each.",
                   {{"alert", std::string(alert)}});
}

void RaiseAlert(std::string_view alert, std::initializer_list<LogField> fields) {
  assert(std::find(kAlerts.begin(), kAlerts.end(), alert) != kAlerts.end());
  static AlertLimiter& limiter = *new AlertLimiter;  // never destroyed: threads may still alert while the process ends

  AlertCounter(alert).Increment();
  const std::optional<int64_t> suppressed = limiter.Admit(alert, std::chrono::steady_clock::now());
  if (!suppressed.has_value()) {
    return;
  }
  std::vector<LogField> line = {{"alert", alert}};
  if (*suppressed > 0) {
    line.emplace_back("suppressed", *suppressed);
  }
  line.insert(line.end(), fields.begin(), fields.end());
  Log(LogLevel::kWarning, "alert", std::span<const LogField>(line));
  SecurityJournal::OfProcess().Note(alert, std::span<const LogField>(line).subspan(1));  // its name is the event's
}

}  // namespace affidavit::ops
