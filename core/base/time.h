// Points in time: UTC, microseconds, as Postgres and protobuf keep them. Wall time is evidence; deadlines use the
// steady clock.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace affidavit {

using TimePoint = std::chrono::sys_time<std::chrono::microseconds>;

// True iff `time` lies in years 0001 to 9999: what RFC 3339 can write.
bool IsRepresentable(TimePoint time);

// "2026-11-24T03:47:34.123456Z": always UTC, always six digits. REQUIRES: IsRepresentable(time).
std::string FormatRfc3339(TimePoint time);

// RFC 3339 section 5.6: 'T' or 't' or a space between date and time; 'Z', 'z' or an offset is required; fractions
// beyond microseconds are truncated; a leap second (:60) becomes the next second. Nothing for anything else, or outside
// years 0001 to 9999.
std::optional<TimePoint> ParseRfc3339(std::string_view text);

// Milliseconds since 1970 as a JSON integer's digits, from 100000000000 (1973) to the end of year 9999: shorter numbers
// are more likely seconds, longer ones microseconds. Nothing for anything else.
std::optional<TimePoint> ParseEpochMilliseconds(std::string_view digits);

// Wall and steady time, so that tests can hold both still. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint WallNow() const = 0;
  virtual std::chrono::steady_clock::time_point SteadyNow() const = 0;
};

// The machine's clocks. Lives for ever.
const Clock& SystemClock();

}  // namespace affidavit
