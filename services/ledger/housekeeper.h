// The ledger's own background thread, once a second: asks the store whether it answers, folds counts, writes down
// adapters seen, sets gauges, and daily makes partitions ahead. Nothing that is answered depends on it but readiness.
// Thread-safe.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "db/connection_pool.h"

namespace affidavit::ledger {

class Housekeeper {
 public:
  // Runs each second beside the housekeeper's own work (adapters seen).
  using Chore = std::function<absl::Status(db::ConnectionPool&)>;
  // Told when readiness changes, from the housekeeper's thread.
  using OnReady = std::function<void(bool ready)>;

  // Starts the thread. `pool` outlives it.
  Housekeeper(db::ConnectionPool* pool, Chore chore, OnReady on_ready);
  ~Housekeeper() { Stop(); }
  Housekeeper(const Housekeeper&) = delete;
  Housekeeper& operator=(const Housekeeper&) = delete;

  // The store answered within the last seconds.
  bool IsReady() const;

  void Stop();

 private:
  void Run();
  void RunOnce();
  absl::Status FoldAndReport();
  void MakePartitions();

  // Constant after construction.
  db::ConnectionPool* const pool_;
  const Chore chore_;
  const OnReady on_ready_;

  std::atomic<std::chrono::steady_clock::time_point> last_answer_;
  std::chrono::steady_clock::time_point partitions_due_;  // the thread's own
  bool reported_ready_ = false;                           // the thread's own

  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stop_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace affidavit::ledger
