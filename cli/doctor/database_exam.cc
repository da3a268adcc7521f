#include "cli/doctor/database_exam.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "db/connection.h"
#include "db/fsck_store.h"
#include "db/migrator.h"

namespace affidavit::cli::doctor {
namespace {

constexpr std::chrono::seconds kDatabaseSkewMax{5};

// Returns the data directory, as ExamineDatabase.
std::string ExamineServer(db::Connection& connection, const Clock& clock, Diagnoses& diagnoses) {
  db::ServerFacts facts;
  const absl::Status status = connection.Transact([&](db::Transaction& transaction) {
    facts = db::ReadServerFacts(transaction);
    return absl::OkStatus();
  });
  if (!status.ok()) {
    diagnoses.Failed("database.settings", "the settings of Postgres could not be read", status, "run it again");
    return "";
  }
  JudgeServer(facts, diagnoses);
  const auto skew = std::chrono::abs(std::chrono::duration_cast<std::chrono::seconds>(facts.time - clock.WallNow()));
  if (skew <= kDatabaseSkewMax) {
    diagnoses.Good("database.clock", "the clock of Postgres is within 5 s of this machine's");
  } else {
    diagnoses.Finding("database.clock",
                      absl::StrCat("the clock of Postgres is ", skew.count(), " s off this machine's"),
                      "check the time service of both: the ledger refuses envelopes from a clock that is ahead");
  }
  return facts.is_local ? facts.settings["data_directory"] : "";
}

void ExaminePowers(db::Connection& connection, Diagnoses& diagnoses) {
  db::RolePowers powers;
  const absl::Status status = connection.Transact([&](db::Transaction& transaction) {
    powers = db::ReadRolePowers(transaction);
    return absl::OkStatus();
  });
  if (status.ok()) {
    JudgePowers(powers, diagnoses);
  } else {
    diagnoses.Failed("database.role", "the role's powers could not be read", status, "run it again");
  }
}

void ExamineGuards(db::Connection& connection, Diagnoses& diagnoses) {
  std::vector<std::string> sentences;
  const absl::Status status = connection.Transact([&](db::Transaction& transaction) {
    sentences = db::FindUnguardedTables(transaction);
    return absl::OkStatus();
  });
  if (!status.ok()) {
    diagnoses.Failed("database.guards", "the guards of the tables could not be read", status, "run it again");
    return;
  }
  for (const std::string& sentence : sentences) {
    diagnoses.Finding(
        "database.guards", sentence,
        "find out who took it away and run affidavit fsck; then restore the schema as the migrations make "
        "it");
  }
  if (sentences.empty()) {
    diagnoses.Good("database.guards", "every evidence table has its trigger, its checks and its keys");
  }
}

// The enemy's own attempt, beside what the catalog says.
void AttackTables(db::Connection& connection, Diagnoses& diagnoses) {
  std::vector<std::string> tables;
  absl::Status status = connection.Transact([&](db::Transaction& transaction) {
    tables = db::ReadEvidenceTables(transaction);
    return absl::OkStatus();
  });
  int refused_count = 0;
  for (const std::string& table : tables) {
    const absl::Status attempt = db::AttemptDelete(connection, table);
    if (attempt.ok()) {
      diagnoses.Finding("database.delete", absl::StrCat("a DELETE on ", table, " was not refused"),
                        "its trigger or the role's privileges are wrong: see the lines about role and guards");
    } else if (absl::IsPermissionDenied(attempt)) {
      ++refused_count;
    } else {
      status.Update(attempt);
    }
  }
  if (!status.ok()) {
    diagnoses.Failed("database.delete", "a DELETE could not be tried everywhere", status, "run it again");
  } else if (refused_count > 0 && refused_count == static_cast<int>(tables.size())) {
    diagnoses.Good("database.delete", absl::StrCat("a DELETE is refused on each of ", refused_count, " tables"));
  }
}

}  // namespace

std::string ExamineDatabase(const db::ConnectionOptions& options, const Clock& clock, Diagnoses& diagnoses) {
  const absl::StatusOr<std::unique_ptr<db::Connection>> connection = db::Connection::Open(options);
  if (!connection.ok()) {
    diagnoses.Failed("database.reach", "Postgres cannot be asked", connection.status(),
                     "check database.url, the server and the network; nothing else of the database could be checked");
    return "";
  }
  diagnoses.Good("database.reach", "Postgres answers");
  std::string data_directory = ExamineServer(**connection, clock, diagnoses);
  const absl::StatusOr<int> schema = db::CheckSchemaVersion(**connection);
  if (!schema.ok()) {
    diagnoses.Failed("database.schema", "the schema is not this build's", schema.status(),
                     "affidavit migrate, as the owner; the tables were not checked");
    return data_directory;
  }
  diagnoses.Good("database.schema", absl::StrCat("schema ", *schema));
  ExaminePowers(**connection, diagnoses);
  ExamineGuards(**connection, diagnoses);
  AttackTables(**connection, diagnoses);
  return data_directory;
}

db::OthersWork FindOthersWork(const db::ConnectionOptions& options) {
  db::OthersWork work;
  const absl::StatusOr<std::unique_ptr<db::Connection>> connection = db::Connection::Open(options);
  if (connection.ok()) {
    const absl::Status status = (*connection)->Transact([&](db::Transaction& transaction) {
      work = db::ReadOthersWork(transaction);
      return absl::OkStatus();
    });
    return status.ok() ? work : db::OthersWork();
  }
  return work;
}

}  // namespace affidavit::cli::doctor
