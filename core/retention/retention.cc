#include "core/retention/retention.h"

#include <chrono>

namespace affidavit {
namespace {

constexpr TimePoint kLast{std::chrono::sys_days{std::chrono::year{10'000} / 1 / 1} - std::chrono::microseconds{1}};

}  // namespace

TimePoint AddYears(TimePoint time, int years) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  if (static_cast<int>(date.year()) > 9999 - years) {
    return kLast;
  }
  std::chrono::year_month_day target = date + std::chrono::years{years};
  if (!target.ok()) {  // 29 February
    target = target.year() / target.month() / std::chrono::last;
  }
  return std::chrono::sys_days{target} + (time - day);
}

TimePoint AddDays(TimePoint time, int days) {
  const bool fits = days <= std::chrono::floor<std::chrono::days>(kLast - time).count();
  return fits ? time + std::chrono::days{days} : kLast;
}

}  // namespace affidavit
