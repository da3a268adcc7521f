#include "ops/log.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <cmath>
#include <memory>

#include "boost/json/serialize.hpp"
#include "core/base/text.h"
#include "spdlog/logger.h"
#include "spdlog/sinks/stdout_sinks.h"

namespace affidavit::ops {
namespace {

constexpr std::array<std::string_view, 4> kLevelNames = {"debug", "info", "warning", "error"};

// Never destroyed: threads may still log while the process ends. spdlog only carries lines; the level is ours.
struct State {
  std::string service;  // constant once threads run
  std::atomic<LogLevel> level = LogLevel::kInfo;
  spdlog::logger logger{"affidavit", std::make_shared<spdlog::sinks::stderr_sink_mt>()};

  State() {
    logger.set_pattern("%v");
    logger.set_level(spdlog::level::trace);
  }
};

State& GlobalState() {
  static State& state = *new State;
  return state;
}

size_t SequenceSize(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  if (byte < 0x80) {
    return 1;
  }
  if (byte < 0xE0) {
    return 2;
  }
  return byte < 0xF0 ? 3 : 4;
}

std::string ReplaceInvalidUtf8(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::string_view sequence = text.substr(0, SequenceSize(text.front()));
    const bool valid = IsUtf8(sequence);
    out += valid ? sequence : std::string_view("\xEF\xBF\xBD");
    text.remove_prefix(valid ? sequence.size() : 1);
  }
  return out;
}

void AppendString(std::string_view text, std::string& out) {
  out += IsUtf8(text) ? boost::json::serialize(boost::json::string_view(text))
                      : boost::json::serialize(boost::json::string_view(ReplaceInvalidUtf8(text)));
}

void AppendValue(const std::string& value, std::string& out) {
  AppendString(value, out);
}
void AppendValue(bool value, std::string& out) {
  out += value ? "true" : "false";
}
void AppendValue(int64_t value, std::string& out) {
  out += std::to_string(value);
}
void AppendValue(double value, std::string& out) {
  if (!std::isfinite(value)) {
    out += "null";  // JSON has no other word for it
    return;
  }
  std::array<char, 32> digits;
  out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
}

void AppendMember(std::string_view key, const auto& value, std::string& out) {
  out += out.empty() ? '{' : ',';
  AppendString(key, out);
  out += ':';
  AppendValue(value, out);
}

void AppendFields(std::span<const LogField> fields, std::string& out) {
  for (const LogField& field : fields) {
    std::visit([&](const auto& value) { AppendMember(field.key, value, out); }, field.value);
  }
}

}  // namespace

void InitLog(std::string_view service, LogLevel level) {
  GlobalState().service = std::string(service);
  GlobalState().level = level;
}

std::optional<LogLevel> ParseLogLevel(std::string_view name) {
  const auto it = std::find(kLevelNames.begin(), kLevelNames.end(), name);
  if (it == kLevelNames.end()) {
    return std::nullopt;
  }
  return static_cast<LogLevel>(it - kLevelNames.begin());
}

bool LogEnabled(LogLevel level) {
  return level >= GlobalState().level.load(std::memory_order_relaxed);
}

void Log(LogLevel level, std::string_view message, std::span<const LogField> fields) {
  if (!LogEnabled(level)) {
    return;
  }
  State& state = GlobalState();
  const std::string line = FormatLogLine(SystemClock().WallNow(), level, state.service, message, fields);
  state.logger.log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
}

std::string FormatLogLine(TimePoint time, LogLevel level, std::string_view service, std::string_view message,
                          std::span<const LogField> fields) {
  std::string out;
  AppendMember("time", FormatRfc3339(time), out);
  AppendMember("level", std::string(kLevelNames[static_cast<size_t>(level)]), out);
  if (!service.empty()) {
    AppendMember("service", std::string(service), out);
  }
  AppendMember("message", std::string(message), out);
  AppendFields(fields, out);
  out += '}';
  return out;
}

std::string FormatFields(std::span<const LogField> fields) {
  std::string out;
  AppendFields(fields, out);
  return out.empty() ? "{}" : out + "}";
}

}  // namespace affidavit::ops
