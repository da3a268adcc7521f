// A connection for everything but the hot append: libpqxx, its exceptions turned into absl::Status in this room only.
// One connection is one thread's world.
#pragma once

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "db/connection_options.h"

namespace affidavit::db {

// Handed to the functions of db/entry_reader.h and db/state.h, which run SQL in it (db/transaction.h, for this room
// only).
class Transaction;

class Connection {
 public:
  // UNAVAILABLE when the server cannot be reached; FAILED_PRECONDITION from CheckDurability (db/sql_status.h).
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const ConnectionOptions& options);
  ~Connection();

  // Runs `body` in a transaction and commits. Any exception of libpqxx becomes a Status (codes as in db/append_store.h:
  // DATA_LOSS when it is unknown whether the commit took place), and a non-OK Status rolls back.
  absl::Status Transact(const std::function<absl::Status(Transaction&)>& body);

  bool IsOpen() const;

 private:
  struct Session;
  explicit Connection(std::unique_ptr<Session> session);
  std::unique_ptr<Session> session_;
};

}  // namespace affidavit::db
