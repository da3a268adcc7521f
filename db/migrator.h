// Forward-only migrations, embedded from migrations/NNNN_name/up.sql at build time. Each runs in one transaction
// together with its row in affidavit.schema_migrations (number, name, release, sha256, applied_time), under an advisory
// lock.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "db/connection.h"

namespace affidavit::db {

struct Migration {
  int number;
  int release;  // counts releases with migrations: a build runs on its own release's schema and on the next one's
  std::string_view name;
  std::string_view sql;
};

// In order of number, 1, 2, 3, …
std::span<const Migration> EmbeddedMigrations();

// The number this build was made for.
int SchemaVersion();

// Applies what is missing of `migrations`; returns what was applied. Safe to run again and from several machines at
// once. FAILED_PRECONDITION when an applied migration's checksum differs from the given one, when the history has a
// gap, or when the database is more than one release newer. Errors of Postgres name the migration.
absl::StatusOr<std::vector<Migration>> Migrate(const ConnectionOptions& options,
                                               std::span<const Migration> migrations = EmbeddedMigrations());

// What services check at start; returns the database's number. FAILED_PRECONDITION when the database is older than
// `migrations` ("run `affidavit migrate`"), another's, or more than one release newer.
absl::StatusOr<int> CheckSchemaVersion(Connection& connection,
                                       std::span<const Migration> migrations = EmbeddedMigrations());

}  // namespace affidavit::db
