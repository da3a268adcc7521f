// A connection for everything but the hot append: libpqxx, its exceptions turned into absl::Status in this room only.
// One connection is one thread's world.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace pqxx {
class connection;
class work;
}  // namespace pqxx

struct pg_conn;

namespace affidavit::db {

struct ConnectionOptions {
  std::string url;  // libpq URI or keyword string; may hold a password: never logged
  int connect_timeout_s = 3;
  int statement_timeout_ms = 5'000;       // 0: none (migrations)
  int lock_timeout_ms = 4'000;
  int idle_in_transaction_timeout_ms = 3'000;  // a stopped holder of the log's lock frees it after this
};

// The conninfo string for libpq with our session settings (synchronous_commit=on, the timeouts, tcp_user_timeout, UTC).
std::string ConnInfo(const ConnectionOptions& options);

// FAILED_PRECONDITION, saying what to do, when the server runs with fsync or full_page_writes off: a 2xx would be a lie.
absl::Status CheckDurability(pg_conn* connection);

// "SQLSTATE: message" under the codes that append_store.h lists.
absl::Status StatusFromSqlState(std::string_view sqlstate, std::string_view message);

class Connection {
 public:
  // UNAVAILABLE when the server cannot be reached; FAILED_PRECONDITION from CheckDurability.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const ConnectionOptions& options);
  ~Connection();

  // Runs `body` in a transaction and commits. Any exception of libpqxx becomes a Status, and a non-OK Status rolls back.
  absl::Status Transact(const std::function<absl::Status(pqxx::work&)>& body);

  bool IsOpen() const;

 private:
  explicit Connection(std::unique_ptr<pqxx::connection> connection);
  std::unique_ptr<pqxx::connection> connection_;
};

}  // namespace affidavit::db
