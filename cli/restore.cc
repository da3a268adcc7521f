// restore: a ledger rebuilt in an empty database from the object store alone.
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "CLI/App.hpp"
#include "CLI/Validators.hpp"
#include "absl/strings/str_cat.h"
#include "boost/json/array.hpp"
#include "boost/json/serialize.hpp"
#include "cli/database_url.h"
#include "cli/files.h"
#include "cli/log_keys.h"
#include "cli/progress.h"
#include "cli/restore/restorer.h"
#include "cli/text.h"
#include "cli/verbs.h"
#include "core/base/encoding.h"
#include "core/base/status_macros.h"
#include "core/checkpoint/key.h"
#include "services/objectstore/open_store.h"

namespace affidavit::cli {
namespace {

namespace json = boost::json;

struct RestoreVerb {
  std::string url_file, guard_file;
  std::vector<std::string> vkeys;
  size_t concurrency = 8;
  int incarnation_min = 0;
  bool thaw = false;
};

absl::StatusOr<RestoreOptions> RestoreOptionsOf(const RestoreVerb& verb, const config::Config& config) {
  RestoreOptions options;
  ASSIGN_OR_RETURN(options.policy, FindLogKeys(verb.vkeys, config.signing));
  if (options.policy.log_keys.empty()) {
    return absl::InvalidArgumentError("the log's keys are not known\n  what to do: --key, or a [signing] section");
  }
  for (const VerifierKey& key : options.policy.log_keys) {
    if (key.name != options.policy.log_keys.front().name) {
      return absl::InvalidArgumentError("the given keys are those of different logs");
    }
  }
  for (const config::WitnessConfig& witness : config.witnesses) {
    ASSIGN_OR_RETURN(VerifierKey key, ParseVerifierKey(witness.vkey));
    options.witness_keys.push_back(std::move(key));
  }
  const std::string& guard_file = verb.guard_file.empty() ? config.signing.guard_file : verb.guard_file;
  if (!verb.guard_file.empty() || (!guard_file.empty() && std::filesystem::exists(guard_file))) {
    ASSIGN_OR_RETURN(options.guard_note, ReadFile(guard_file));
  }
  options.retention_years = config.ledger.retention_years;
  options.incarnation_min = verb.incarnation_min;
  options.thread_count = verb.concurrency;
  options.thaw = verb.thaw;
  return options;
}

std::string Counted(int64_t count, const char* words) {
  return absl::StrCat("  ", WithThousands(count), " ", words, "\n");
}

void PrintRestoredFindings(Session& session, const Findings& findings) {
  for (const std::string& sentence : findings.sentences()) {
    session.out << sentence << "\n";
  }
  if (findings.count() > static_cast<int64_t>(findings.sentences().size())) {
    session.out << "… and " << WithThousands(findings.count() - static_cast<int64_t>(findings.sentences().size()))
                << " more\n";
  }
}

// What the bucket cannot know is said too.
void PrintRestored(Session& session, const RestoreResult& result, const std::string& store) {
  PrintRestoredFindings(session, result.findings);
  const auto size = static_cast<int64_t>(result.target.tree_size);
  session.out << store << " holds " << result.target.origin << " up to " << WithThousands(size)
              << " entries; the database now has them, under the signed root "
              << Base64Encode(AsBytes(result.target.root_hash)) << ".\n"
              << Counted(result.entry_count, "entries restored now") << Counted(result.payload_count, "payloads")
              << Counted(result.checkpoint_count, "checkpoints")
              << Counted(result.left_out_count, "payloads of excluded entries are not in the bucket: they never are")
              << Counted(result.disposed_count, "payloads past their retention are gone from the bucket")
              << Counted(result.archived_count, "payloads are archived");
  for (const std::string& key : result.archived) {
    session.out << "    " << key << "\n";
  }
  if (result.archived_count > 0) {
    session.out << (result.thawing_count > 0 ? "Their thaw was requested; run this again when it is done.\n"
                                             : "Run this again with --thaw to request them, and once more when they "
                                               "are thawed.\n");
  }
  if (result.entry_count > 0) {
    session.out << "Not restored, for the bucket does not have it: whatever was acknowledged after entry " << size - 1
                << ", cosignatures of unknown witnesses, time-stamps, and the times of integration.\n";
  }
  if (result.guard_ahead) {
    session.out << "The guard file knows of " << WithThousands(static_cast<int64_t>(result.guard_ahead->tree_size))
                << " signed entries of " << result.guard_ahead->origin
                << ": no ledger appends until `affidavit recover` has said what is lost.\n";
  } else if (!result.opened_origin.empty()) {
    session.out << "The log goes on as " << result.opened_origin << ", whose first entry is " << size
                << ". Tell auditors and witnesses.\n";
  }
  if (result.findings.count() > 0) {
    session.out << WithThousands(result.findings.count()) << (result.findings.count() == 1 ? " finding" : " findings")
                << ". The first: " << result.findings.sentences().front() << "\n";
  }
}

void PrintRestoredJson(Session& session, const RestoreResult& result, const std::string& store) {
  json::array sentences, archived;
  for (const std::string& sentence : result.findings.sentences()) {
    sentences.emplace_back(sentence);
  }
  for (const std::string& key : result.archived) {
    archived.emplace_back(key);
  }
  json::object out{{"store", store},
                   {"origin", result.target.origin},
                   {"tree_size", result.target.tree_size},
                   {"root_hash", Base64Encode(AsBytes(result.target.root_hash))},
                   {"tree_size_before", result.tree_size_before},
                   {"restored_entries", result.entry_count},
                   {"restored_payloads", result.payload_count},
                   {"restored_checkpoints", result.checkpoint_count},
                   {"left_out_payloads", result.left_out_count},
                   {"disposed_payloads", result.disposed_count},
                   {"archived_payloads", result.archived_count},
                   {"thawing_payloads", result.thawing_count},
                   {"archived", std::move(archived)},
                   {"finding_count", result.findings.count()},
                   {"findings", std::move(sentences)}};
  if (result.guard_ahead) {
    out["guard_tree_size"] = result.guard_ahead->tree_size;
  }
  if (!result.opened_origin.empty()) {
    out["opened_origin"] = result.opened_origin;
  }
  session.out << json::serialize(out) << "\n";
}

absl::StatusOr<ExitCode> Restore(Session& session, const RestoreVerb& verb) {
  ASSIGN_OR_RETURN(const std::optional<config::Config> config, FindConfig(session));
  if (!config) {
    return absl::InvalidArgumentError("--config is needed: its [object_store] is what the ledger is restored from");
  }
  ASSIGN_OR_RETURN(const RestoreOptions options, RestoreOptionsOf(verb, *config));
  db::ConnectionOptions database;
  ASSIGN_OR_RETURN(database.url, FindDatabaseUrl(session, verb.url_file));
  ASSIGN_OR_RETURN(const std::unique_ptr<objectstore::ObjectStore> store, objectstore::OpenStore(config->object_store));
  std::optional<Progress> progress;
  const char* shown = nullptr;
  Restorer restorer(store.get(), &database, options, [&](const char* things, int64_t done, int64_t total) {
    if (shown != things) {
      shown = things;
      progress.emplace(session.err, session.progress, static_cast<uint64_t>(total), things);
    }
    progress->Show(static_cast<uint64_t>(done));
  });
  absl::StatusOr<RestoreResult> result = restorer.Run();
  progress.reset();
  RETURN_IF_ERROR(result.status());
  session.Format() == OutputFormat::kJson ? PrintRestoredJson(session, *result, store->Name())
                                          : PrintRestored(session, *result, store->Name());
  return result->findings.count() == 0 && result->archived_count == 0 ? ExitCode::kGood : ExitCode::kFinding;
}

}  // namespace

void AddRestore(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand(
      "restore", "After the loss of Postgres: rebuild the ledger in an empty database from the object store alone");
  AddCommonOptions(*verb, session);
  const auto options = std::make_shared<RestoreVerb>();
  verb->add_option("--database-url-file", options->url_file,
                   "File that holds the owner role's URL (else $AFFIDAVIT_DATABASE_URL, $DATABASE_URL, the "
                   "configuration)")
      ->type_name("FILE");
  verb->add_option("--key", options->vkeys,
                   "The log's verifier key, or a file of them (default: of the configuration's key files)")
      ->type_name("VKEY");
  verb->add_option("--guard-file", options->guard_file,
                   "The last signed checkpoint (default: the configuration's signing.guard_file, where it is there)")
      ->type_name("FILE");
  verb->add_option("--incarnation", options->incarnation_min,
                   "Open no incarnation below this one, where others were opened that no mirror has seen")
      ->type_name("N");
  verb->add_option("--concurrency", options->concurrency, "Requests under way at the same time")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  verb->add_flag("--thaw", options->thaw, "Request that archived objects become readable again");
  verb->callback([&session, options] {
    session.action = [&session, options] {
      const absl::StatusOr<ExitCode> code = Restore(session, *options);
      return code.ok() ? *code : Fail(session, code.status());
    };
  });
}

}  // namespace affidavit::cli
