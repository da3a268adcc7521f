// Structured logs: one JSON object a line on stderr. {"time","level","message", fields…}. Never payload data, header
// values, secrets or personal data: fields are ids, counts, reasons and durations. Thread-safe.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

#include "core/base/time.h"

namespace affidavit::ops {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

struct LogField {
  std::string_view key;
  std::variant<std::string, int64_t, double, bool> value;

  LogField(std::string_view k, std::string_view v) : key(k), value(std::string(v)) {}
  LogField(std::string_view k, const std::string& v) : key(k), value(v) {}
  LogField(std::string_view k, const char* v) : key(k), value(std::string(v)) {}
  LogField(std::string_view k, bool v) : key(k), value(v) {}
  LogField(std::string_view k, double v) : key(k), value(v) {}
  template <typename Integer, std::enable_if_t<std::is_integral_v<Integer>, int> = 0>
  LogField(std::string_view k, Integer v) : key(k), value(static_cast<int64_t>(v)) {}
};

// Call once in main, before threads. `service` ("ledger", "adapter") is on every line. Without it: level info, no
// service.
void InitLog(std::string_view service, LogLevel level);

// Nothing for any other name than debug, info, warning and error.
std::optional<LogLevel> ParseLogLevel(std::string_view name);

bool LogEnabled(LogLevel level);

// Field keys are other than time, level, service and message. Bytes that are not UTF-8 are written as U+FFFD.
void Log(LogLevel level, std::string_view message, std::span<const LogField> fields);
inline void Log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields = {}) {
  Log(level, message, std::span<const LogField>(fields.begin(), fields.size()));
}

inline void LogInfo(std::string_view message, std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::kInfo, message, fields);
}
inline void LogWarning(std::string_view message, std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::kWarning, message, fields);
}
inline void LogError(std::string_view message, std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::kError, message, fields);
}

// {"key":value, …}: fields as they stand in a line.
std::string FormatFields(std::span<const LogField> fields);

// The line itself, without its end, so that a test can read it.
std::string FormatLogLine(TimePoint time, LogLevel level, std::string_view service, std::string_view message,
                          std::span<const LogField> fields);

}  // namespace affidavit::ops
