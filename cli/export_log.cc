// export-log: a copy of the log in files, for whoever wants to check it without us.
#include <memory>
#include <optional>
#include <string>

#include "CLI/App.hpp"
#include "boost/json/serialize.hpp"
#include "cli/database_url.h"
#include "cli/log_export.h"
#include "cli/progress.h"
#include "cli/text.h"
#include "cli/verbs.h"
#include "core/base/status_macros.h"
#include "db/migrator.h"

namespace affidavit::cli {
namespace {

namespace json = boost::json;

struct ExportOptions {
  std::string url_file, folder;
};

absl::Status Export(Session& session, const ExportOptions& options) {
  db::ConnectionOptions database;
  ASSIGN_OR_RETURN(database.url, FindDatabaseUrl(session, options.url_file));
  ASSIGN_OR_RETURN(const std::unique_ptr<db::Connection> connection, db::Connection::Open(database));
  RETURN_IF_ERROR(db::CheckSchemaVersion(*connection).status());
  std::optional<Progress> progress;
  ASSIGN_OR_RETURN(const ExportedLog log, ExportLog(*connection, options.folder, [&](int64_t done, int64_t total) {
                     if (!progress) {
                       progress.emplace(session.err, session.progress, static_cast<uint64_t>(total), "entries");
                     }
                     progress->Show(static_cast<uint64_t>(done));
                   }));
  progress.reset();
  if (session.Format() == OutputFormat::kJson) {
    session.out << json::serialize(json::object{
                       {"origin", log.origin}, {"tree_size", log.tree_size}, {"files_written", log.written_count}})
                << "\n";
    return absl::OkStatus();
  }
  session.out << options.folder << " holds " << log.origin << " up to " << WithThousands(log.tree_size) << " entries; "
              << WithThousands(log.written_count) << " files written.\n"
              << "Check a message against it:  affidavit-verify --log " << options.folder << " --checkpoint "
              << options.folder << "/checkpoint --message ID --key VKEY\n";
  return absl::OkStatus();
}

}  // namespace

void AddExportLog(CLI::App& app, Session& session) {
  CLI::App* verb =
      app.add_subcommand("export-log", "Write a copy of the log as files (C2SP tlog-tiles), for others to check");
  AddCommonOptions(*verb, session);
  const auto options = std::make_shared<ExportOptions>();
  verb->add_option("--out", options->folder, "The folder; a later export into it writes what is new")
      ->type_name("DIR")
      ->required();
  verb->add_option("--database-url-file", options->url_file,
                   "File that holds a URL; a reader's role is enough (else $AFFIDAVIT_DATABASE_URL, $DATABASE_URL, the "
                   "configuration)")
      ->type_name("FILE");
  SetAction(*verb, session, [&session, options] { return Export(session, *options); });
}

}  // namespace affidavit::cli
