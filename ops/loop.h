// A thread that takes one step after another and pauses as long as each step says. Thread-safe.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <random>
#include <thread>

namespace affidavit::ops {

class Loop {
 public:
  // Starts the thread. `step` bounds its own time and returns the pause after it; `first_pause` comes before it.
  explicit Loop(std::function<std::chrono::milliseconds()> step,
                std::chrono::milliseconds first_pause = std::chrono::milliseconds(0));
  ~Loop() { Stop(); }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // No step begins after it.
  void RequestStop();
  // The same, and waits for the step that is under way. Free to be called twice.
  void Stop();

 private:
  void Run();

  const std::function<std::chrono::milliseconds()> step_;
  const std::chrono::milliseconds first_pause_;
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

}  // namespace affidavit::ops
