#include "cli/verify/run.h"

#include <algorithm>
#include <utility>

#include "CLI/App.hpp"
#include "CLI/Config.hpp"
#include "CLI/Formatter.hpp"
#include "absl/strings/str_cat.h"
#include "cli/text.h"
#include "cli/verify/inputs.h"
#include "cli/verify/session.h"
#include "core/base/status_macros.h"

namespace affidavit::verify {
namespace {

ExitCode FailUsage(std::ostream& err, std::string_view why) {
  err << "affidavit-verify: " << cli::Printable(why) << "\n";
  return ExitCode::kUsage;
}

// CLI11 has exit codes of its own; ours are a contract. Help and version leave by this way too.
ExitCode ReportParse(const CLI::App& app, const CLI::ParseError& error, Session& session) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
    app.exit(error, session.out, session.err);
    return ExitCode::kVerified;
  }
  FailUsage(session.err, error.what());
  session.err << "Run `affidavit-verify --help`, or `affidavit-verify tlog-proof --help` and so on.\n";
  return ExitCode::kUsage;
}

void AddForms(CLI::App& app, Session& session) {
  app.set_version_flag("--version", "affidavit-verify " AFFIDAVIT_VERSION);
  app.require_subcommand(0, 1);
  app.footer(
      "Needs no network and no database. Exit codes: 0 VERIFIED, 1 NOT VERIFIED, 2 usage.\n"
      "docs/verify-by-hand.md does the same without this program, and says where to get the log's key.");
  AddBundle(app, session);
  AddTlogProof(app, session);
  AddCheckpoint(app, session);
  AddConsistency(app, session);
  AddInclusion(app, session);
  AddNote(app, session);
  AddLog(app, session);
}

}  // namespace

void AddKeyOptions(CLI::App& app, KeyOptions& options) {
  app.add_option("--key", options.log_keys,
                 "The log's key: a vkey, or a file with one a line; may be repeated, and any one of them suffices")
      ->type_name("VKEY")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  CLI::Option* witness = app.add_option("--witness", options.witness_keys, "A witness's key, in the same way")
                             ->type_name("VKEY")
                             ->allow_extra_args(false)
                             ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("--witness-count", options.witness_count, "How many of the witnesses must have cosigned; all of them")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber)
      ->needs(witness);
}

void AddOutputOption(CLI::App& app, Session& session) {
  app.add_option("--output", session.output, "text (for people) or json (for programs)")
      ->check(CLI::IsMember({"text", "json"}))
      ->type_name("FORMAT");
}

absl::StatusOr<Trust> ReadTrust(const KeyOptions& options) {
  Trust trust;
  ASSIGN_OR_RETURN(trust.log_keys, ReadKeys(options.log_keys, KeyRole::kLog));
  ASSIGN_OR_RETURN(trust.witness_keys, ReadKeys(options.witness_keys, KeyRole::kWitness));
  trust.witness_count_min =
      options.witness_count < 0 ? trust.witness_keys.size() : static_cast<size_t>(options.witness_count);
  if (trust.witness_count_min > trust.witness_keys.size()) {
    return absl::InvalidArgumentError(absl::StrCat("--witness-count ", trust.witness_count_min,
                                                   " asks for more than the ", trust.witness_keys.size(),
                                                   " witnesses that were given"));
  }
  return trust;
}

ExitCode Run(std::vector<std::string> arguments, std::ostream& out, std::ostream& err, Marks marks,
             bool err_is_terminal) {
  Session session{.out = out, .err = err, .marks = marks, .progress = err_is_terminal};
  CLI::App app("Checks what Affidavit, or any transparency log in the standard formats, says: without trusting it.",
               "affidavit-verify");
  AddForms(app, session);
  try {
    std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the back
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    return ReportParse(app, error, session);
  }

  absl::StatusOr<Findings> findings = session.action();
  if (absl::IsDataLoss(findings.status())) {  // what was given can be read, and is no evidence
    const std::string why(findings.status().message());
    findings.emplace().Fail(why);
  }
  if (!findings.ok()) {
    return FailUsage(err, std::string(findings.status().message()));
  }
  findings->Print(session.output == "json" ? OutputFormat::kJson : OutputFormat::kText, marks, out);
  // A full disk or a closed pipe must not look like a complete answer.
  out.flush();
  if (!out) {
    return FailUsage(err, "standard output could not be written; what it holds is incomplete");
  }
  return findings->IsVerified() ? ExitCode::kVerified : ExitCode::kNotVerified;
}

}  // namespace affidavit::verify
