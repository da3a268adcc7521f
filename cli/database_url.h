// Where a verb that works on the database itself finds it. The URL may hold a password: it comes from a file or the
// environment, never from the command line, and is in no message.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "cli/session.h"

namespace affidavit::cli {

// `url_file` when given, else $AFFIDAVIT_DATABASE_URL, else $DATABASE_URL, else the configuration's database.url.
// INVALID_ARGUMENT when none of them says.
absl::StatusOr<std::string> FindDatabaseUrl(const Session& session, const std::string& url_file);

}  // namespace affidavit::cli
