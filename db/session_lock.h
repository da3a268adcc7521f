// A job that one process at a time may do: a Postgres advisory lock that lives as long as a connection of its own.
// Whatever is committed through it was committed while the lock was held; other effects ask Check first, and repeat
// safely all the same. Thread-safe.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "db/connection.h"

namespace affidavit::db {

class SessionLock {
 public:
  // `name` is hashed into the lock's key: "affidavit.mirror".
  SessionLock(ConnectionOptions options, std::string name);
  ~SessionLock();
  SessionLock(const SessionLock&) = delete;
  SessionLock& operator=(const SessionLock&) = delete;

  // Whether this process has it afterwards; never waits for another holder. Opens a connection when there is none.
  absl::StatusOr<bool> Acquire();

  // OK when it was held at most `age_max` ago; asks Postgres when the last answer is older. UNAVAILABLE: it is lost,
  // and only Acquire can change that.
  absl::Status Check(std::chrono::milliseconds age_max);

  // Runs `body` in a transaction of the lock's own connection, after asking whether it is still held. UNAVAILABLE: not
  // held. When the outcome of the commit is unknown (DATA_LOSS), the lock is lost too.
  absl::Status Transact(const std::function<absl::Status(Transaction&)>& body);

  // Frees it at once. It may be acquired again.
  void Release();

 private:
  absl::Status AskWhileLocked(Transaction& transaction) const;
  void Drop();

  const ConnectionOptions options_;
  const std::string name_;

  std::mutex mutex_;
  std::unique_ptr<Connection> connection_;            // guarded by mutex_
  bool is_held_ = false;                              // guarded by mutex_
  std::chrono::steady_clock::time_point asked_time_;  // guarded by mutex_
};

}  // namespace affidavit::db
