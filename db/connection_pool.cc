#include "db/connection_pool.h"

#include <utility>

#include "core/base/status_macros.h"

namespace affidavit::db {

ConnectionPool::ConnectionPool(ConnectionOptions options, int connection_count_max)
    : options_(std::move(options)), connection_count_max_(connection_count_max) {}

absl::StatusOr<std::unique_ptr<Connection>> ConnectionPool::Borrow(std::chrono::milliseconds wait_max) {
  std::unique_lock lock(mutex_);
  if (!freed_.wait_for(lock, wait_max, [this] { return lent_count_ < connection_count_max_; })) {
    return absl::UnavailableError("all connections to Postgres are busy");
  }
  ++lent_count_;
  if (idle_.empty()) {
    return std::unique_ptr<Connection>();
  }
  std::unique_ptr<Connection> connection = std::move(idle_.back());
  idle_.pop_back();
  return connection;
}

void ConnectionPool::GiveBack(std::unique_ptr<Connection> connection) {
  {
    const std::lock_guard lock(mutex_);
    --lent_count_;
    if (connection != nullptr && connection->IsOpen()) {
      idle_.push_back(std::move(connection));
    }
  }
  freed_.notify_one();
}

absl::Status ConnectionPool::Transact(const std::function<absl::Status(Transaction&)>& body,
                                      std::chrono::milliseconds wait_max) {
  ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection, Borrow(wait_max));
  const bool was_idle = connection != nullptr;
  absl::Status status;
  if (was_idle) {
    status = connection->Transact(body);
  }
  // One that broke while it lay idle (Postgres restarted) is no reason to fail. A commit of unknown outcome is
  // DATA_LOSS and never run twice.
  if (!was_idle || (absl::IsUnavailable(status) && !connection->IsOpen())) {
    absl::StatusOr<std::unique_ptr<Connection>> opened = Connection::Open(options_);
    status = opened.ok() ? (*opened)->Transact(body) : opened.status();
    connection = opened.ok() ? *std::move(opened) : nullptr;
  }
  GiveBack(std::move(connection));
  return status;
}

}  // namespace affidavit::db
