#include "db/sql_status.h"

#include <initializer_list>

#include "core/base/text.h"

namespace affidavit::db {
namespace {

bool StartsWithAnyOf(std::string_view sqlstate, std::initializer_list<std::string_view> prefixes) {
  for (const std::string_view prefix : prefixes) {
    if (sqlstate.starts_with(prefix)) {
      return true;
    }
  }
  return false;
}

absl::StatusCode CodeOf(std::string_view sqlstate) {
  // A key that somebody else has written: nobody can between our look-up and our commit but the very transaction whose
  // outcome we do not know (its payload ids are ours), or a writer without the lock. Run again, the look-up finds the
  // row; refused as bad data, it would be lost.
  if (sqlstate == "23505") {
    return absl::StatusCode::kUnavailable;
  }
  // Data exception, integrity constraint, program limit (index row too large, nesting too deep).
  if (StartsWithAnyOf(sqlstate, {"22", "23", "54"})) {
    return absl::StatusCode::kInvalidArgument;
  }
  // Connection lost, resources, deadlock or serialization, shutdown or start, lock and statement and idle timeouts, and
  // a primary that has become a standby under us.
  if (sqlstate.empty() || StartsWithAnyOf(sqlstate, {"08", "53", "40", "57P0", "55P03", "57014", "25P03", "25006"})) {
    return absl::StatusCode::kUnavailable;
  }
  return absl::StatusCode::kInternal;
}

}  // namespace

absl::Status StatusFromSqlState(std::string_view sqlstate, std::string_view message) {
  message = message.substr(0, message.find('\n'));
  for (const std::string_view severity : {"ERROR:  ", "FATAL:  ", "PANIC:  "}) {
    if (message.starts_with(severity)) {
      message.remove_prefix(severity.size());
    }
  }
  // Class 22 quotes the value: 'invalid byte sequence for encoding "UTF8": 0x…'.
  if (sqlstate.starts_with("22")) {
    message = "Postgres cannot hold a value";
  }
  return absl::Status(CodeOf(sqlstate),
                      Concat({sqlstate.empty() ? "connection to Postgres" : sqlstate, ": ", message}));
}

absl::Status CheckDurability(std::string_view fsync, std::string_view full_page_writes,
                             std::string_view synchronous_commit) {
  if (fsync == "on" && full_page_writes == "on" && synchronous_commit == "on") {
    return absl::OkStatus();
  }
  constexpr std::string_view kAdvice =
      ": what was acknowledged would not survive the power cord. Set fsync and full_page_writes to on in "
      "postgresql.conf, restart Postgres, and connect without a pooler that drops session settings.";
  return absl::FailedPreconditionError(Concat({"Postgres runs with fsync=", fsync, " full_page_writes=",
                                               full_page_writes, " synchronous_commit=", synchronous_commit, kAdvice}));
}

}  // namespace affidavit::db
