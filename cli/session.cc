#include "cli/session.h"

#include <filesystem>
#include <iostream>
#include <system_error>
#include <utility>

#include "CLI/App.hpp"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

namespace affidavit::cli {
namespace {

constexpr const char* kConfigPlaces[] = {"affidavit.toml", "/etc/affidavit/affidavit.toml"};

std::string ConfigPath(const Session& session) {
  if (!session.options.config_file.empty()) {
    return session.options.config_file;
  }
  if (std::optional<std::string> named = session.environment("AFFIDAVIT_CONFIG"); named && !named->empty()) {
    return *named;
  }
  for (const char* place : kConfigPlaces) {
    if (std::error_code ignored; std::filesystem::exists(place, ignored)) {
      return place;
    }
  }
  return "";
}

}  // namespace

ExitCode Fail(Session& session, const absl::Status& status) {
  session.err << "affidavit: " << status.message() << "\n";
  return ExitCodeOf(status);
}

void AddCommonOptions(CLI::App& app, Session& session) {
  app.add_option("--config", session.options.config_file,
                 "Configuration file (else $AFFIDAVIT_CONFIG, ./affidavit.toml, /etc/affidavit/affidavit.toml)")
      ->type_name("FILE")
      ->group("Common");
  app.add_option("--output", session.options.output, "table for people, json for programs")
      ->type_name("table|json")
      ->check(CLI::IsMember({"table", "json"}))
      ->group("Common");
}

void AddLedgerOptions(CLI::App& app, Session& session) {
  CommonOptions& options = session.options;
  const char* group = "Ledger";
  app.add_option("--target", options.target,
                 "The ledger, HOST:PORT or unix:/PATH (else $AFFIDAVIT_LEDGER_TARGET, else the configuration's)")
      ->type_name("ADDRESS")
      ->group(group);
  app.add_option("--ca", options.ca_file, "Certificates to trust; turns TLS on")->type_name("FILE")->group(group);
  CLI::Option* certificate =
      app.add_option("--cert", options.certificate_file, "Own certificate, for a ledger that asks for one")
          ->type_name("FILE")
          ->group(group);
  CLI::Option* key =
      app.add_option("--key", options.key_file, "The certificate's key")->type_name("FILE")->group(group);
  certificate->needs(key);
  key->needs(certificate);
  app.add_option("--timeout", options.timeout_seconds, "Longest wait for each answer (default 5)")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.001, 3600.0))
      ->group(group);
}

void SetAction(CLI::App& verb, Session& session, std::function<absl::Status()> run) {
  verb.callback([&session, run = std::move(run)] {
    session.action = [&session, run] {
      const absl::Status status = run();
      return status.ok() ? ExitCode::kGood : Fail(session, status);
    };
  });
}

CLI::App* AddLedgerVerb(CLI::App& family, Session& session, const char* name, const char* description,
                        std::function<absl::Status()> run) {
  CLI::App* verb = family.add_subcommand(name, description);
  AddCommonOptions(*verb, session);
  AddLedgerOptions(*verb, session);
  SetAction(*verb, session, std::move(run));
  return verb;
}

absl::StatusOr<std::optional<config::Config>> FindConfig(const Session& session, config::LoadSecrets secrets) {
  const std::string path = ConfigPath(session);
  if (path.empty()) {
    return std::nullopt;
  }
  absl::StatusOr<config::Config> config = config::LoadConfig(path, secrets);
  if (!config.ok()) {
    return absl::InvalidArgumentError(config.status().message());
  }
  return std::move(config).value();
}

bool IsAnsweredYes(const std::string& question, std::ostream& out) {
  out << question << ": " << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "yes";
}

}  // namespace affidavit::cli
