#include "cli/run.h"

#include <algorithm>
#include <utility>

#include "CLI/App.hpp"
#include "CLI/Config.hpp"
#include "CLI/Formatter.hpp"
#include "cli/verbs.h"

namespace affidavit::cli {
namespace {

// CLI11 has exit codes of its own; ours are a contract. Help and version leave by this way too.
ExitCode ReportParse(const CLI::App& app, const CLI::ParseError& error, Session& session) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
    app.exit(error, session.out, session.err);
    return ExitCode::kGood;
  }
  session.err << "affidavit: " << error.what() << "\nRun `affidavit --help` or `affidavit VERB --help`.\n";
  return ExitCode::kUsage;
}

}  // namespace

ExitCode Run(std::vector<std::string> arguments, std::ostream& out, std::ostream& err, const Environment& environment,
             bool err_is_terminal) {
  Session session{.out = out, .err = err, .environment = environment, .progress = err_is_terminal};
  CLI::App app("Affidavit: a ledger that proves what was sent, when it was acknowledged, and that nothing is missing.",
               "affidavit");
  app.set_version_flag("--version", "affidavit " AFFIDAVIT_VERSION);
  app.require_subcommand(1);
  app.footer("Exit codes: 0 good, 1 a finding, 2 usage, 3 unreachable. docs/cli.md has an example for every verb.");
  AddCommonOptions(app, session);
  AddMigrate(app, session);
  AddKeygen(app, session);
  AddStatus(app, session);
  AddGet(app, session);
  AddList(app, session);
  AddQuarantine(app, session);
  AddCustody(app, session);
  AddSchema(app, session);
  AddProve(app, session);
  AddRetention(app, session);
  AddHold(app, session);
  AddAdapter(app, session);
  AddExportLog(app, session);
  AddFsck(app, session);
  AddReindex(app, session);
  AddRestore(app, session);
  AddDoctor(app, session);
  AddRecover(app, session);
  AddSiem(app, session);
  AddSimulate(app, session);

  try {
    std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the back
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    return ReportParse(app, error, session);
  }

  const ExitCode code = session.action();
  // A full disk or a closed pipe must not look like a complete answer.
  out.flush();
  if (!out) {
    return Fail(session, absl::DataLossError("standard output could not be written; what it holds is incomplete"));
  }
  return code;
}

}  // namespace affidavit::cli
