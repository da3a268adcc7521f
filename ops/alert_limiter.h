// How many log lines an alert may write: a flood of one alert must not fill the disk that holds the others.
// Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace affidavit::ops {

class AlertLimiter {
 public:
  static constexpr int kLinesPerSecond = 10;

  // How many raises of `alert` went unlogged since its last line, when this one is to be logged; nothing when it is
  // not. A second begins with the first raise after the one before has ended.
  std::optional<int64_t> Admit(std::string_view alert, std::chrono::steady_clock::time_point now);

 private:
  struct Window {
    std::chrono::steady_clock::time_point begin;
    int lines_count = 0;
    int64_t suppressed_count = 0;
  };

  std::mutex mutex_;
  std::map<std::string, Window, std::less<>> windows_;  // guarded by mutex_
};

}  // namespace affidavit::ops
