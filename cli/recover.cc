// recover: after a database was restored to a state older than what was signed. Says what is lost; with --yes the log
// goes on in a new incarnation.
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "CLI/App.hpp"
#include "absl/strings/str_cat.h"
#include "boost/json/serialize.hpp"
#include "cli/database_url.h"
#include "cli/files.h"
#include "cli/log_keys.h"
#include "cli/recovery.h"
#include "cli/text.h"
#include "cli/verbs.h"
#include "core/base/status_macros.h"
#include "core/retention/retention.h"

namespace affidavit::cli {
namespace {

namespace json = boost::json;

struct RecoverOptions {
  std::string url_file, guard_file;
  std::vector<std::string> vkeys;
  bool yes = false;
};

absl::StatusOr<LogIdentity> FindIdentity(const RecoverOptions& options, const config::SigningConfig& signing) {
  LogIdentity identity;
  ASSIGN_OR_RETURN(identity.policy, FindLogKeys(options.vkeys, signing));
  if (identity.policy.log_keys.empty()) {
    return absl::InvalidArgumentError(
        "the log's keys are not known\n  what to do: --config with a [signing] section, or --vkey");
  }
  const std::string& guard_file = options.guard_file.empty() ? signing.guard_file : options.guard_file;
  if (guard_file.empty()) {
    return absl::InvalidArgumentError("--guard-file is needed, or --config with a [signing] section");
  }
  if (!options.guard_file.empty() || std::filesystem::exists(guard_file)) {
    ASSIGN_OR_RETURN(identity.guard_note, ReadFile(guard_file));
  }
  return identity;
}

json::object LossJson(const LostLog& loss) {
  json::object out{{"rolled_back", true},
                   {"why", loss.why},
                   {"old_origin", loss.lost.origin},
                   {"new_origin", loss.new_origin},
                   {"signed_tree_size", loss.lost.tree_size},
                   {"tree_size", loss.tree_size},
                   {"agreed_tree_size", loss.agreed_tree_size},
                   {"first_lost_leaf_index", loss.first_lost()},
                   {"last_lost_leaf_index", loss.lost.tree_size - 1}};
  if (loss.last_receive_time) {
    out["last_receive_time"] = FormatRfc3339(*loss.last_receive_time);
  }
  return out;
}

void PrintLoss(const LostLog& loss, std::ostream& out) {
  const auto lost_size = static_cast<int64_t>(loss.lost.tree_size);
  out << "The database was rolled back: " << loss.why << ".\n\n"
      << "  signed    " << loss.lost.origin << ", " << WithThousands(lost_size) << " entries\n"
      << "  database  " << WithThousands(loss.tree_size) << " entries"
      << (loss.last_receive_time ? absl::StrCat(", the newest received at ", FormatRfc3339(*loss.last_receive_time))
                                 : std::string())
      << "\n"
      << "  agreed    the first " << WithThousands(loss.agreed_tree_size)
      << " entries, by a checkpoint that the database still has\n"
      << "  lost      leaf_index " << loss.first_lost() << " to " << lost_size - 1 << ", "
      << WithThousands(lost_size - loss.first_lost()) << " entries\n\n";
}

constexpr char kAdvice[] =
    "Is there a newer backup, a standby or a WAL archive? Restore that first: what comes back is not lost.\n"
    "If this is all there is, run the same again with --yes. Nothing is deleted; the log goes on as ";

absl::Status Report(Session& session, const LostLog& loss, std::optional<int64_t> opened_at) {
  if (session.Format() == OutputFormat::kJson) {
    json::object out = LossJson(loss);
    if (opened_at) {
      out["opened_leaf_index"] = *opened_at;
    }
    session.out << json::serialize(out) << "\n";
  } else if (opened_at) {
    session.out << "Opened " << loss.new_origin << ". Entry " << *opened_at
                << " names what was lost. Running ledgers go on by themselves within a moment.\n";
  } else {
    PrintLoss(loss, session.out);
    session.out << kAdvice << loss.new_origin << ",\nand its first entry names for ever what was lost.\n";
  }
  return absl::OkStatus();
}

absl::StatusOr<ExitCode> Recover(Session& session, const RecoverOptions& options) {
  db::ConnectionOptions database;
  ASSIGN_OR_RETURN(database.url, FindDatabaseUrl(session, options.url_file));
  ASSIGN_OR_RETURN(const std::optional<config::Config> config, FindConfig(session));
  ASSIGN_OR_RETURN(const LogIdentity identity,
                   FindIdentity(options, config ? config->signing : config::SigningConfig()));
  ASSIGN_OR_RETURN(const std::optional<LostLog> loss, FindLoss(database, identity));
  if (!loss) {
    session.out << (session.Format() == OutputFormat::kJson
                        ? "{\"rolled_back\":false}\n"
                        : "The database extends the last signed checkpoint: there is nothing to recover.\n");
    return ExitCode::kGood;
  }
  if (!options.yes) {
    RETURN_IF_ERROR(Report(session, *loss, std::nullopt));
    return ExitCode::kFinding;
  }
  const int years = config ? config->ledger.retention_years : kRetentionYearsDefault;
  ASSIGN_OR_RETURN(const int64_t leaf_index, OpenNewIncarnation(database, *loss, years));
  RETURN_IF_ERROR(Report(session, *loss, leaf_index));
  return ExitCode::kGood;
}

}  // namespace

void AddRecover(CLI::App& app, Session& session) {
  CLI::App* verb =
      app.add_subcommand("recover", "After a restore of the database: say what is lost, and let the log go on (--yes)");
  AddCommonOptions(*verb, session);
  const auto options = std::make_shared<RecoverOptions>();
  verb->add_option(
          "--database-url-file", options->url_file,
          "File that holds the ledger role's URL (else $AFFIDAVIT_DATABASE_URL, $DATABASE_URL, the configuration)")
      ->type_name("FILE");
  verb->add_option("--guard-file", options->guard_file,
                   "The last signed checkpoint (default: the configuration's signing.guard_file)")
      ->type_name("FILE");
  verb->add_option("--vkey", options->vkeys,
                   "The log's verifier key, or a file that holds it (default: of the configuration's key files)")
      ->type_name("VKEY");
  verb->add_flag("--yes", options->yes, "Open a new incarnation, whose first entry names what was lost");
  verb->callback([&session, options] {
    session.action = [&session, options] {
      const absl::StatusOr<ExitCode> code = Recover(session, *options);
      return code.ok() ? *code : Fail(session, code.status());
    };
  });
}

}  // namespace affidavit::cli
