// How to reach Postgres, and the settings that every session of ours has.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace affidavit::db {

struct ConnectionOptions {
  std::string url;  // libpq URI or keyword string; may hold a password: never logged
  int connect_timeout_s = 3;
  // On the server; 0: none (migrations). Postgres disarms statement_timeout before it waits for a commit to become
  // durable, so none of these ever ends a COMMIT.
  int statement_timeout_ms = 5'000;
  int lock_timeout_ms = 4'000;
  int idle_in_transaction_timeout_ms = 3'000;  // a stopped holder of the log's lock frees it after this
  // On this side, for a whole transaction: ends the wait for a server that is stopped or out of reach. 0: none.
  int transaction_timeout_ms = 8'000;
  // On this side, for one round trip of an AppendStore, which has no limit for the whole transaction.
  int round_trip_timeout_ms = 6'000;
  // Connection::Open refuses a server that may lose what it acknowledged. Off for who comes to say so, and appends
  // nothing.
  bool demand_durability = true;
};

// The conninfo string for libpq: the URL's with our session settings (synchronous_commit=on, READ COMMITTED, warnings,
// the timeouts, tcp_user_timeout, UTC, UTF8), which win over the URL's, over the role's and over the database's.
// `more_settings` are further
// "-c name=value" words. INVALID_ARGUMENT when the URL is none; the message does not quote it.
absl::StatusOr<std::string> ConnInfo(const ConnectionOptions& options, std::string_view more_settings = "");

}  // namespace affidavit::db
