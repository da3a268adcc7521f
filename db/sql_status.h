// What Postgres says, as absl::Status. Pure, thread-safe.
#pragma once

#include <string_view>

#include "absl/status/status.h"

namespace affidavit::db {

// "SQLSTATE: message" under the codes of append_store.h; an empty SQLSTATE is a lost connection. Only the first line of
// the message is kept (Postgres' DETAIL quotes rows), and none of it where Postgres quotes values in that line, too.
absl::Status StatusFromSqlState(std::string_view sqlstate, std::string_view message);

inline constexpr char kDurabilityQuery[] =
    "SELECT current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit')";

// FAILED_PRECONDITION, saying what to do, unless all three of kDurabilityQuery are on: a 2xx would be a lie.
absl::Status CheckDurability(std::string_view fsync, std::string_view full_page_writes,
                             std::string_view synchronous_commit);

}  // namespace affidavit::db
