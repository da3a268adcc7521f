// A thread that takes one step after another and pauses as long as each step says. Thread-safe.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <random>
#include <thread>

namespace affidavit::mirror {

class Loop {
 public:
  // Starts the thread. `step` returns the pause after it.
  explicit Loop(std::function<std::chrono::milliseconds()> step);
  ~Loop() { Stop(); }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Waits for the step that is under way.
  void Stop();

 private:
  void Run();

  const std::function<std::chrono::milliseconds()> step_;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stop_ = false;  // guarded by mutex_
  std::thread thread_;
};

// Pauses after failures in a row: doubling, the upper half by chance. Not thread-safe.
class Backoff {
 public:
  Backoff(std::chrono::milliseconds min, std::chrono::milliseconds max) : min_(min), max_(max), next_(min) {}

  std::chrono::milliseconds Next();
  void Reset() { next_ = min_; }

 private:
  const std::chrono::milliseconds min_, max_;
  std::chrono::milliseconds next_;
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace affidavit::mirror
