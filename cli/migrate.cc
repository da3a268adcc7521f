// migrate: brings the database to this build's schema; the only thing that ever does.
#include <memory>
#include <utility>
#include <vector>

#include "CLI/App.hpp"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "boost/json/array.hpp"
#include "boost/json/serialize.hpp"
#include "cli/database_url.h"
#include "cli/verbs.h"
#include "core/base/status_macros.h"
#include "db/migrator.h"

namespace affidavit::cli {
namespace {

namespace json = boost::json;

struct MigrateOptions {
  std::string url_file;
  bool status = false;
};

std::string FullName(const db::Migration& migration) {
  return absl::StrFormat("%04d_%s", migration.number, migration.name);
}

absl::Status ShowSchema(Session& session, const db::ConnectionOptions& options) {
  ASSIGN_OR_RETURN(const std::unique_ptr<db::Connection> connection, db::Connection::Open(options));
  ASSIGN_OR_RETURN(const int version, db::CheckSchemaVersion(*connection));
  if (session.Format() == OutputFormat::kJson) {
    session.out << json::serialize(
                       json::object{{"schema_version", version}, {"build_schema_version", db::SchemaVersion()}})
                << "\n";
  } else if (version == db::SchemaVersion()) {
    session.out << "up to date: schema " << version << "\n";
  } else {
    session.out << "schema " << version << ", which is newer than this build's " << db::SchemaVersion()
                << "; this build can still run on it\n";
  }
  return absl::OkStatus();
}

absl::Status ApplyMissing(Session& session, const db::ConnectionOptions& options) {
  ASSIGN_OR_RETURN(const std::vector<db::Migration> applied, db::Migrate(options));
  if (session.Format() == OutputFormat::kJson) {
    json::array names;
    for (const db::Migration& migration : applied) {
      names.emplace_back(FullName(migration));
    }
    session.out << json::serialize(json::object{{"applied", std::move(names)}, {"schema_version", db::SchemaVersion()}})
                << "\n";
    return absl::OkStatus();
  }
  for (const db::Migration& migration : applied) {
    session.out << "applied " << FullName(migration) << "\n";
  }
  session.out << (applied.empty() ? "up to date: schema " : "schema is now ") << db::SchemaVersion() << "\n";
  return absl::OkStatus();
}

absl::Status Migrate(Session& session, const MigrateOptions& options) {
  db::ConnectionOptions connection;
  ASSIGN_OR_RETURN(connection.url, FindDatabaseUrl(session, options.url_file));
  return options.status ? ShowSchema(session, connection) : ApplyMissing(session, connection);
}

}  // namespace

void AddMigrate(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("migrate", "Bring the database to this build's schema, as its owner");
  AddCommonOptions(*verb, session);
  const auto options = std::make_shared<MigrateOptions>();
  verb->add_option("--database-url-file", options->url_file,
                   "File that holds the owner's URL (else $AFFIDAVIT_DATABASE_URL, $DATABASE_URL, the configuration)")
      ->type_name("FILE");
  verb->add_flag("--status", options->status, "Only say where the schema stands; exit 1 when it is behind");
  SetAction(*verb, session, [&session, options] { return Migrate(session, *options); });
}

}  // namespace affidavit::cli
