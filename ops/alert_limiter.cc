#include "ops/alert_limiter.h"

#include <utility>

namespace affidavit::ops {

std::optional<int64_t> AlertLimiter::Admit(std::string_view alert, std::chrono::steady_clock::time_point now) {
  std::lock_guard lock(mutex_);
  auto it = windows_.find(alert);
  if (it == windows_.end()) {
    it = windows_.emplace(std::string(alert), Window{.begin = now}).first;
  }
  Window& window = it->second;
  if (now - window.begin >= std::chrono::seconds(1)) {
    window.begin = now;
    window.lines_count = 0;
  }
  if (window.lines_count == kLinesPerSecond) {
    ++window.suppressed_count;
    return std::nullopt;
  }
  ++window.lines_count;
  return std::exchange(window.suppressed_count, 0);
}

}  // namespace affidavit::ops
