// Forward-only migrations, embedded from migrations/NNNN_name/up.sql at build time. Each runs in one transaction together with
// its row in affidavit.schema_migrations (number, name, sha256, applied_time), under an advisory lock.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "db/connection.h"

namespace affidavit::db {

struct Migration {
  int number;
  std::string_view name;
  std::string_view sql;
};

// In order of number, 1, 2, 3, …
std::span<const Migration> EmbeddedMigrations();

// The number this build was made for.
int SchemaVersion();

// Applies what is missing; returns what was applied. FAILED_PRECONDITION when an applied migration's checksum differs from the
// embedded one, or the database is newer than this build's next.
absl::StatusOr<std::vector<Migration>> Migrate(const ConnectionOptions& options);

// What services check at start. FAILED_PRECONDITION when the database is older than this build ("run `affidavit migrate`") or
// more than one release newer.
absl::StatusOr<int> CheckSchemaVersion(Connection& connection);

}  // namespace affidavit::db
