// What every verb shares: the streams, the environment, the common options, and the action that the command line chose.
// One session is one run of `affidavit`, on one thread.
#pragma once

#include <functional>
#include <optional>
#include <ostream>
#include <string>

#include "absl/status/statusor.h"
#include "cli/exit_code.h"
#include "config/config.h"

namespace CLI {
class App;
}

namespace affidavit::cli {

using Environment = config::Environment;

enum class OutputFormat { kTable, kJson };

// Options that more than one verb takes. Empty text: not given.
struct CommonOptions {
  std::string config_file;
  std::string output = "table";
  std::string target, ca_file, certificate_file, key_file;
  double timeout_seconds = 5;
};

struct Session {
  std::ostream& out;
  std::ostream& err;
  Environment environment;
  bool progress = false;  // stderr is a terminal
  CommonOptions options;
  std::function<ExitCode()> action;  // set by the chosen verb while the command line is parsed

  OutputFormat Format() const { return options.output == "json" ? OutputFormat::kJson : OutputFormat::kTable; }
};

// Prints "affidavit: <what happened>" to the session's stderr and returns the exit code that belongs to it.
ExitCode Fail(Session& session, const absl::Status& status);

// --config and --output, which every verb takes before or after its name.
void AddCommonOptions(CLI::App& app, Session& session);

// --target, --ca, --cert, --key, --timeout, of the verbs that call the ledger.
void AddLedgerOptions(CLI::App& app, Session& session);

// What the verb does once it was chosen: `run`, whose status makes the exit code.
void SetAction(CLI::App& verb, Session& session, std::function<absl::Status()> run);

// A verb of `family` that calls the ledger: the options of both kinds, and the action.
CLI::App* AddLedgerVerb(CLI::App& family, Session& session, const char* name, const char* description,
                        std::function<absl::Status()> run);

// Prints `question` and waits for an answer on stdin: true for "yes" alone. Only the whole word, for a habit of
// pressing "y" must not do what nobody can take back.
bool IsAnsweredYes(const std::string& question, std::ostream& out);

// The configuration: --config, else $AFFIDAVIT_CONFIG, else ./affidavit.toml, else /etc/affidavit/affidavit.toml;
// nothing when none was named and neither is there. INVALID_ARGUMENT when it cannot be read, with kYes also when a
// source's secret cannot.
absl::StatusOr<std::optional<config::Config>> FindConfig(const Session& session,
                                                         config::LoadSecrets secrets = config::LoadSecrets::kNo);

}  // namespace affidavit::cli
