// How far a long scan is, on a terminal, for people who wait.
#pragma once

#include <chrono>
#include <cstdint>
#include <ostream>
#include <string_view>

namespace affidavit::cli {

// Nothing is shown in the first two seconds, nor more often than five times a second.
class Progress {
 public:
  // `out` and `things` must outlive it.
  Progress(std::ostream& out, bool enabled, uint64_t total, std::string_view things = "leaves");
  ~Progress();  // wipes the line
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void Show(uint64_t done);

 private:
  using Time = std::chrono::steady_clock::time_point;

  std::ostream& out_;
  const bool enabled_;
  const uint64_t total_;
  const std::string_view things_;
  const Time start_;
  Time next_;
  bool shown_ = false;
};

}  // namespace affidavit::cli
