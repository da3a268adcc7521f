#include "tests/support/test_database.h"

#include <libpq-fe.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <map>
#include <memory>
#include <stdexcept>

#include "absl/strings/str_cat.h"
#include "core/base/digest.h"
#include "core/base/encoding.h"
#include "db/migrator.h"
#include "gtest/gtest.h"

namespace affidavit::testing {
namespace {

using ConnectionPtr = std::unique_ptr<PGconn, decltype(&PQfinish)>;
using ResultPtr = std::unique_ptr<PGresult, decltype(&PQclear)>;

std::string SuperuserUrl() {
  const char* url = std::getenv("AFFIDAVIT_TEST_DATABASE_URL");  // NOLINT(concurrency-mt-unsafe): nobody sets it
  if (url == nullptr || *url == '\0') {
    throw std::runtime_error(
        "AFFIDAVIT_TEST_DATABASE_URL is not set; run the test as: scripts/with-postgres <test executable>");
  }
  return url;
}

// The cluster's URL for another role and database. libpq takes the last of equal keywords, so a keyword string serves
// both forms.
std::string UrlOf(const std::string& role, const std::string& database) {
  char* error = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(
      PQconninfoParse(SuperuserUrl().c_str(), &error), PQconninfoFree);
  PQfreemem(error);
  if (parsed == nullptr) {
    throw std::runtime_error("AFFIDAVIT_TEST_DATABASE_URL is not a libpq URL");
  }
  std::map<std::string, std::string> values;
  for (const PQconninfoOption* option = parsed.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr) {
      values[option->keyword] = option->val;
    }
  }
  if (!role.empty()) {
    values["user"] = role;
  }
  values["dbname"] = database;
  std::string url;
  for (const auto& [keyword, value] : values) {
    absl::StrAppend(&url, url.empty() ? "" : " ", keyword, "='", value, "'");
  }
  return url;
}

void RunOrThrow(const std::string& url, const std::string& sql) {
  if (const absl::StatusOr<Rows> rows = RunSql(url, sql); !rows.ok()) {
    throw std::runtime_error(absl::StrCat(std::string(rows.status().message()), " in: ", sql));
  }
}

// Named after what is in it, so that builds with different migrations can share a cluster.
std::string TemplateName() {
  std::string all;
  for (const db::Migration& migration : db::EmbeddedMigrations()) {
    all += migration.sql;
  }
  return "affidavit_template_" + HexEncode(AsBytes(Sha256(all))).substr(0, 16);
}

// Holds an advisory lock of the cluster's maintenance database while it lives: processes make roles and template one by
// one.
class ClusterLock {
 public:
  ClusterLock() : connection_(PQconnectdb(SuperuserUrl().c_str()), PQfinish) {
    const ResultPtr locked(PQexec(connection_.get(), "SELECT pg_advisory_lock(hashtextextended('affidavit.test', 0))"),
                           PQclear);
    if (PQresultStatus(locked.get()) != PGRES_TUPLES_OK) {
      throw std::runtime_error(absl::StrCat("AFFIDAVIT_TEST_DATABASE_URL: ", PQerrorMessage(connection_.get())));
    }
  }

 private:
  const ConnectionPtr connection_;
};

void MakeRolesAndTemplate(const std::string& name) {
  const ClusterLock lock;
  const std::string url = SuperuserUrl();
  const absl::StatusOr<Rows> finished =
      RunSql(url, absl::StrCat("SELECT FROM pg_database WHERE datistemplate AND datname = '", name, "'"));
  if (finished.ok() && !finished->empty()) {
    return;
  }
  RunOrThrow(url,
             "DO $$ BEGIN CREATE ROLE affidavit_owner LOGIN CREATEROLE; EXCEPTION WHEN duplicate_object THEN END $$");
  RunOrThrow(url, absl::StrCat("DROP DATABASE IF EXISTS ", name));
  RunOrThrow(url, absl::StrCat("CREATE DATABASE ", name, " OWNER affidavit_owner"));
  db::ConnectionOptions owner;
  owner.url = UrlOf("affidavit_owner", name);
  if (const auto applied = db::Migrate(owner); !applied.ok()) {
    throw std::runtime_error(absl::StrCat("migrate: ", std::string(applied.status().message())));
  }
  RunOrThrow(url,
             "ALTER ROLE affidavit_ledger LOGIN; ALTER ROLE affidavit_reader LOGIN; ALTER ROLE affidavit_worker LOGIN; "
             "ALTER ROLE affidavit_dispose LOGIN");
  RunOrThrow(url, absl::StrCat("ALTER DATABASE ", name, " WITH IS_TEMPLATE true ALLOW_CONNECTIONS false"));
}

std::string NextName() {
  static std::atomic<int> count{0};
  return absl::StrCat("affidavit_test_", getpid(), "_", ++count);
}

}  // namespace

absl::StatusOr<Rows> RunSql(const std::string& url, const std::string& sql) {
  const ConnectionPtr connection(PQconnectdb(url.c_str()), PQfinish);
  if (PQstatus(connection.get()) != CONNECTION_OK) {
    return absl::UnavailableError(PQerrorMessage(connection.get()));
  }
  PQsetNoticeProcessor(
      connection.get(), [](void*, const char*) {}, nullptr);
  const ResultPtr result(PQexec(connection.get(), sql.c_str()), PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
    const char* sqlstate = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
    const char* message = PQresultErrorField(result.get(), PG_DIAG_MESSAGE_PRIMARY);
    return absl::UnknownError(absl::StrCat(sqlstate == nullptr ? "?????" : sqlstate, ": ",
                                           message == nullptr ? PQerrorMessage(connection.get()) : message));
  }
  Rows rows(PQntuples(result.get()));
  for (size_t row = 0; row < rows.size(); ++row) {
    for (int column = 0; column < PQnfields(result.get()); ++column) {
      const int index = static_cast<int>(row);
      rows[row].emplace_back(PQgetisnull(result.get(), index, column) ? "NULL"
                                                                      : PQgetvalue(result.get(), index, column));
    }
  }
  return rows;
}

TestDatabase::TestDatabase(Schema schema) : name_(NextName()) {
  const std::string template_name = TemplateName();
  MakeRolesAndTemplate(template_name);
  const std::string from = schema == Schema::kMigrated ? template_name : "template0";
  RunOrThrow(SuperuserUrl(),
             absl::StrCat("DROP DATABASE IF EXISTS ", name_, " WITH (FORCE)"));  // of a process that was killed
  RunOrThrow(SuperuserUrl(), absl::StrCat("CREATE DATABASE ", name_, " OWNER affidavit_owner TEMPLATE ", from));
}

TestDatabase::~TestDatabase() {
  const absl::StatusOr<Rows> dropped = RunSql(SuperuserUrl(), absl::StrCat("DROP DATABASE ", name_, " WITH (FORCE)"));
  EXPECT_TRUE(dropped.ok()) << dropped.status();
}

std::string TestDatabase::url(Role role) const {
  switch (role) {
    case Role::kSuperuser:
      return UrlOf("", name_);
    case Role::kOwner:
      return UrlOf("affidavit_owner", name_);
    case Role::kLedger:
      return UrlOf("affidavit_ledger", name_);
    case Role::kReader:
      return UrlOf("affidavit_reader", name_);
    case Role::kWorker:
      return UrlOf("affidavit_worker", name_);
    case Role::kDispose:
      return UrlOf("affidavit_dispose", name_);
  }
  return "";
}

std::string TestDatabase::Exec(const std::string& sql) const {
  const absl::StatusOr<Rows> rows = Run(Role::kSuperuser, sql);
  EXPECT_TRUE(rows.ok()) << rows.status() << " in: " << sql;
  return rows.ok() && !rows->empty() && !rows->front().empty() ? rows->front().front() : "";
}

}  // namespace affidavit::testing
