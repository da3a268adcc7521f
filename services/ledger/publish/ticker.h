// A thread that does one thing again and again, a pause after each. Thread-safe.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace affidavit::ledger {

class Ticker {
 public:
  // Starts the thread; the first tick comes after the first pause. `tick` bounds its own time.
  Ticker(std::chrono::milliseconds pause, std::function<void()> tick);
  ~Ticker() { Stop(); }
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;

  // Waits for a tick that is under way; none comes after it.
  void Stop();

 private:
  void Run();

  // Constant after construction.
  const std::chrono::milliseconds pause_;
  const std::function<void()> tick_;

  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stop_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace affidavit::ledger
