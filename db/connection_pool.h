// A few connections shared by request threads. Opened when first needed, dropped when broken. Thread-safe.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "absl/status/statusor.h"
#include "db/connection.h"

namespace affidavit::db {

class ConnectionPool {
 public:
  ConnectionPool(ConnectionOptions options, int connection_count_max);

  // Runs `body` in one transaction on a pooled connection, waiting at most `wait_max` for a free one (UNAVAILABLE
  // after). A connection found broken before anything was committed is replaced once: reads repeat safely.
  absl::Status Transact(const std::function<absl::Status(Transaction&)>& body,
                        std::chrono::milliseconds wait_max = std::chrono::seconds(2));

 private:
  // Null: the borrower opens a connection. Either way GiveBack must follow.
  absl::StatusOr<std::unique_ptr<Connection>> Borrow(std::chrono::milliseconds wait_max);
  void GiveBack(std::unique_ptr<Connection> connection);

  const ConnectionOptions options_;
  const int connection_count_max_;
  std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<std::unique_ptr<Connection>> idle_;  // guarded by mutex_
  int lent_count_ = 0;                             // guarded by mutex_
};

}  // namespace affidavit::db
