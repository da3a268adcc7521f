// Whether the database answers, asked once a second by a thread of its own, which also writes this process's alerts
// down for the SIEM. Thread-safe.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "absl/status/status.h"
#include "db/connection_pool.h"

namespace affidavit::worker {

class DatabaseWatch {
 public:
  // Asks once before it returns. `pool` must outlive it.
  explicit DatabaseWatch(db::ConnectionPool* pool);
  ~DatabaseWatch() { Stop(); }
  DatabaseWatch(const DatabaseWatch&) = delete;
  DatabaseWatch& operator=(const DatabaseWatch&) = delete;

  // The last answer is at most five seconds old.
  bool IsInReach() const;
  void Stop();

 private:
  void Run();
  void Ask();
  absl::Status WriteAlerts();

  db::ConnectionPool* const pool_;
  std::atomic<std::chrono::steady_clock::time_point> last_answer_;
  bool was_in_reach_ = true;  // the thread's own
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stop_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace affidavit::worker
