#include "db/migrator.h"

#include <memory>
#include <pqxx/pqxx>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/base/digest.h"
#include "core/base/encoding.h"
#include "core/base/status_macros.h"
#include "db/transaction.h"

namespace affidavit::db {
namespace {

// A constant key: every migrator of this database takes the same lock.
constexpr char kLock[] = "SELECT pg_advisory_xact_lock(hashtextextended('affidavit.migrate', 0))";

// Before 0001, because it tells whether 0001 has run.
constexpr char kBootstrap[] = R"(
  CREATE SCHEMA affidavit;
  CREATE TABLE affidavit.schema_migrations (
    number       integer     NOT NULL PRIMARY KEY,
    name         text        NOT NULL,
    release      integer     NOT NULL,
    sha256       text        NOT NULL,
    applied_time timestamptz NOT NULL DEFAULT clock_timestamp()
  ))";

struct Applied {
  int number;
  int release;
  std::string name;
  std::string sha256;
};

bool IsBootstrapped(Transaction& transaction) {
  return transaction.exec1("SELECT to_regclass('affidavit.schema_migrations') IS NOT NULL")[0].as<bool>();
}

std::vector<Applied> ReadApplied(Transaction& transaction) {
  std::vector<Applied> applied;
  for (const pqxx::row& row :
       transaction.exec("SELECT number, release, name, sha256 FROM affidavit.schema_migrations ORDER BY number")) {
    applied.push_back({row[0].as<int>(), row[1].as<int>(), row[2].as<std::string>(), row[3].as<std::string>()});
  }
  return applied;
}

std::string ChecksumOf(const Migration& migration) {
  return HexEncode(AsBytes(Sha256(migration.sql)));
}

// OK iff what was applied is a beginning of `migrations`, all of them, or all of them and one release more.
absl::Status CheckHistory(const std::vector<Applied>& applied, std::span<const Migration> migrations) {
  for (size_t i = 0; i < applied.size(); ++i) {
    if (applied[i].number != static_cast<int>(i) + 1) {
      return absl::FailedPreconditionError(absl::StrCat("affidavit.schema_migrations has no row for migration ", i + 1,
                                                        " but one for ", applied[i].number));
    }
    if (i < migrations.size() && applied[i].sha256 != ChecksumOf(migrations[i])) {
      return absl::FailedPreconditionError(
          absl::StrCat("migration ", applied[i].number, " (", applied[i].name,
                       ") was applied to this database with another text than this build has: the builds differ"));
    }
  }
  if (!applied.empty() && applied.back().release > migrations.back().release + 1) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the database's schema is number ", applied.back().number, " of release ", applied.back().release,
        ", this build knows release ", migrations.back().release, " and runs on one more: upgrade this build"));
  }
  return absl::OkStatus();
}

// Applies the first that is missing and returns it, or null when none is. `running` tells how far it came.
absl::StatusOr<const Migration*> ApplyNext(Transaction& transaction, std::span<const Migration> migrations,
                                           const Migration*& running) {
  transaction.exec(kLock);
  if (!IsBootstrapped(transaction)) {
    transaction.exec(kBootstrap);
  }
  const std::vector<Applied> applied = ReadApplied(transaction);
  RETURN_IF_ERROR(CheckHistory(applied, migrations));
  if (applied.size() >= migrations.size()) {
    return nullptr;
  }
  running = &migrations[applied.size()];
  transaction.exec(std::string(running->sql));
  transaction.exec_params(
      "INSERT INTO affidavit.schema_migrations (number, name, release, sha256) VALUES ($1, $2, $3, $4)",
      running->number, std::string(running->name), running->release, ChecksumOf(*running));
  return running;
}

}  // namespace

int SchemaVersion() {
  return EmbeddedMigrations().back().number;
}

absl::StatusOr<std::vector<Migration>> Migrate(const ConnectionOptions& options,
                                               std::span<const Migration> migrations) {
  ConnectionOptions patient = options;  // a migration may rewrite a table; only its wait for locks stays short
  patient.statement_timeout_ms = 0;
  patient.idle_in_transaction_timeout_ms = 0;
  patient.transaction_timeout_ms = 0;
  ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection, Connection::Open(patient));
  std::vector<Migration> done;
  while (true) {
    const Migration* running = nullptr;
    const Migration* applied = nullptr;
    const absl::Status status = connection->Transact([&](Transaction& transaction) -> absl::Status {
      ASSIGN_OR_RETURN(applied, ApplyNext(transaction, migrations, running));
      return absl::OkStatus();
    });
    if (!status.ok() && running != nullptr) {
      return absl::Status(status.code(), absl::StrCat("migration ", running->number, " (", std::string(running->name),
                                                      "): ", status.message()));
    }
    RETURN_IF_ERROR(status);
    if (applied == nullptr) {
      return done;
    }
    done.push_back(*applied);
  }
}

absl::StatusOr<int> CheckSchemaVersion(Connection& connection, std::span<const Migration> migrations) {
  int number = 0;
  RETURN_IF_ERROR(connection.Transact([&](Transaction& transaction) -> absl::Status {
    if (!IsBootstrapped(transaction)) {
      return absl::OkStatus();
    }
    const std::vector<Applied> applied = ReadApplied(transaction);
    RETURN_IF_ERROR(CheckHistory(applied, migrations));
    number = static_cast<int>(applied.size());
    return absl::OkStatus();
  }));
  if (number < migrations.back().number) {
    return absl::FailedPreconditionError(absl::StrCat("the database's schema is number ", number, ", this build needs ",
                                                      migrations.back().number, ": run `affidavit migrate`"));
  }
  return number;
}

}  // namespace affidavit::db
