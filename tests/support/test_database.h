// A fresh database with the schema in it, for one test or one suite. It lives on the cluster that
// AFFIDAVIT_TEST_DATABASE_URL (a superuser's URL) names; without the variable the test FAILS, saying how to run it.
// Databases of different tests, threads and processes never meet; the roles do, they belong to the cluster.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace affidavit::testing {

enum class Role {
  kSuperuser,
  kOwner,    // affidavit_owner: owns the database and the schema, CREATEROLE
  kLedger,   // affidavit_ledger
  kReader,   // affidavit_reader
  kWorker,   // affidavit_worker
  kDispose,  // affidavit_dispose
};

enum class Schema { kMigrated, kEmpty };

// Runs one or more statements; the rows of the last one, as text, NULL as "NULL". The status has Postgres' SQLSTATE in
// front: "42501: permission denied for table entries".
using Rows = std::vector<std::vector<std::string>>;
absl::StatusOr<Rows> RunSql(const std::string& url, const std::string& sql);

class TestDatabase {
 public:
  // Throws std::runtime_error when it cannot be made: GoogleTest reports that as a failure of the test or fixture.
  explicit TestDatabase(Schema schema = Schema::kMigrated);
  // Drops the database, whoever is still connected.
  ~TestDatabase();
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  // A libpq URL.
  std::string url(Role role) const;

  absl::StatusOr<Rows> Run(Role role, const std::string& sql) const { return RunSql(url(role), sql); }

  // As the superuser; a failure fails the test. The first column of the first row, or "".
  std::string Exec(const std::string& sql) const;

 private:
  std::string name_;
};

}  // namespace affidavit::testing
