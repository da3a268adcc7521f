// The program's own form: a proof bundle, a copy of the log, or both.
#include <memory>
#include <utility>

#include "CLI/App.hpp"
#include "absl/status/status.h"
#include "cli/files.h"
#include "cli/verify/inputs.h"
#include "cli/verify/log_verb.h"
#include "cli/verify/story.h"
#include "core/base/status_macros.h"

namespace affidavit::verify {
namespace {

struct Options {
  std::string bundle, tsa_ca;
  std::vector<std::string> secret_files;
  LogOptions log;
  KeyOptions keys;
};

absl::StatusOr<BundleTrust> ReadBundleTrust(const Options& options) {
  BundleTrust bundle_trust;
  ASSIGN_OR_RETURN(Trust trust, ReadTrust(options.keys));
  bundle_trust.log_keys = std::move(trust.log_keys);
  bundle_trust.witness_keys = std::move(trust.witness_keys);
  bundle_trust.witness_count_min = trust.witness_count_min;
  if (!options.tsa_ca.empty()) {
    ASSIGN_OR_RETURN(bundle_trust.tsa_ca_pem, cli::ReadFile(options.tsa_ca));
    if (bundle_trust.tsa_ca_pem.empty()) {
      return absl::InvalidArgumentError(options.tsa_ca + " is empty");
    }
  }
  ASSIGN_OR_RETURN(bundle_trust.secrets, ReadSecrets(options.secret_files));
  return bundle_trust;
}

absl::Status CheckGiven(const Options& options) {
  if (options.bundle.empty() && options.log.folder.empty()) {
    return absl::InvalidArgumentError("a BUNDLE is needed, or --log with --message; see `affidavit-verify --help`");
  }
  if (options.log.folder.empty() &&
      !(options.log.message_id.empty() && options.log.source.empty() && options.log.checkpoint_file.empty())) {
    return absl::InvalidArgumentError("--message, --source and --checkpoint go with --log");
  }
  return absl::OkStatus();
}

absl::StatusOr<Findings> Verify(const Options& options, const Session& session) {
  RETURN_IF_ERROR(CheckGiven(options));
  Findings findings;
  std::optional<ProofBundle> bundle;
  if (!options.bundle.empty()) {
    ASSIGN_OR_RETURN(const BundleTrust trust, ReadBundleTrust(options));
    ASSIGN_OR_RETURN(const std::string file, cli::ReadFile(options.bundle));
    const BundleVerdict verdict = VerifyBundle(file, trust);
    findings.Take(verdict);
    absl::StatusOr<ProofBundle> decoded = DecodeBundle(file);
    if (!decoded.ok()) {
      return findings;  // the verdict says why
    }
    bundle = *std::move(decoded);
    if (!verdict.verified) {
      findings.Tell("What the file says, which is not verified:");
    }
    TellStory(*bundle, verdict.story, findings);
  }
  if (options.log.folder.empty()) {
    return findings;
  }
  ASSIGN_OR_RETURN(const Trust trust, ReadTrust(options.keys));
  RETURN_IF_ERROR(ScanCopy(options.log, trust, bundle, session, findings));
  return findings;
}

}  // namespace

void AddBundle(CLI::App& app, Session& session) {
  const auto options = std::make_shared<Options>();
  app.add_option("BUNDLE,--bundle", options->bundle, "The proof bundle");
  AddKeyOptions(app, options->keys);
  app.add_option("--tsa-ca", options->tsa_ca, "The time-stamping authority's root certificates, to check timestamps")
      ->type_name("PEM");
  app.add_option("--hmac-secret-file", options->secret_files,
                 "The secret shared with the platform, to check its signatures again; may be repeated")
      ->type_name("FILE")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("--log", options->log.folder, "A copy of the log, as `affidavit export-log` writes it, to scan")
      ->type_name("DIR");
  app.add_option("--message", options->log.message_id, "List every leaf about this message; by default the bundle's")
      ->type_name("ID");
  app.add_option("--source", options->log.source, "Of this source only; by default the bundle's, else any")
      ->type_name("SOURCE");
  app.add_option("--checkpoint", options->log.checkpoint_file,
                 "The checkpoint that the copy must meet; by default DIR/checkpoint")
      ->type_name("FILE");
  AddOutputOption(app, session);
  app.callback([&app, &session, options] {
    if (app.get_subcommands().empty()) {
      session.action = [&session, options] { return Verify(*options, session); };
    }
  });
}

}  // namespace affidavit::verify
