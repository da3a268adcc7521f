// fsck: re-reads everything in the database, or with --store in the object store, and names the first bad record, and
// how many there are.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <utility>

#include "CLI/App.hpp"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "boost/json/array.hpp"
#include "boost/json/serialize.hpp"
#include "cli/database_url.h"
#include "cli/files.h"
#include "cli/fsck/pass.h"
#include "cli/fsck/store_verb.h"
#include "cli/log_keys.h"
#include "cli/progress.h"
#include "cli/text.h"
#include "cli/verbs.h"
#include "core/base/status_macros.h"
#include "db/migrator.h"

namespace affidavit::cli {
namespace {

namespace json = boost::json;

struct FsckVerb {
  std::string url_file, since, state_file;
  std::vector<std::string> vkeys, checkpoint_files;
  int64_t sample_count = 0;
  uint32_t seed = 0;
  bool store = false;
};

absl::StatusOr<Checkpoint> CheckpointIn(const std::string& text, const CheckpointPolicy& policy) {
  if (!policy.log_keys.empty()) {
    ASSIGN_OR_RETURN(VerifiedCheckpoint verified, VerifyCheckpoint(text, policy));
    return std::move(verified.checkpoint);
  }
  ASSIGN_OR_RETURN(const Note note, ParseNote(text));
  return ParseCheckpoint(note.text);
}

// A copy of a checkpoint that somebody kept outside the database. One that was tampered with is a finding, for nobody
// can say any more what the log must extend.
absl::Status AddOutside(const std::string& file, FsckOptions& options) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(file));
  absl::StatusOr<Checkpoint> checkpoint = CheckpointIn(text, options.policy);
  if (checkpoint.ok()) {
    options.outside.push_back({file, *std::move(checkpoint)});
  } else {
    options.outside_problems.push_back(absl::StrCat(file, ": ", checkpoint.status().message()));
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> FindBegin(db::Connection& connection, const std::string& since) {
  int64_t begin = 0;
  if (since.empty() || absl::SimpleAtoi(since, &begin)) {
    return begin >= 0 ? absl::StatusOr<int64_t>(begin)
                      : absl::InvalidArgumentError("--since: a leaf_index is not negative");
  }
  const std::optional<TimePoint> time = ParseRfc3339(since);
  if (!time) {
    return absl::InvalidArgumentError("--since takes a leaf_index or a time such as 2026-11-24T00:00:00Z");
  }
  RETURN_IF_ERROR(connection.Transact([&](db::Transaction& transaction) {
    begin = db::FindFirstReceived(transaction, *time);
    return absl::OkStatus();
  }));
  return begin;
}

absl::StatusOr<FsckOptions> OptionsOf(Session& session, const FsckVerb& verb, db::Connection& connection) {
  FsckOptions options;
  ASSIGN_OR_RETURN(const std::optional<config::Config> config, FindConfig(session));
  const config::SigningConfig signing = config ? config->signing : config::SigningConfig();
  ASSIGN_OR_RETURN(options.policy, FindLogKeys(verb.vkeys, signing));
  std::vector<std::string> files = verb.checkpoint_files;
  if (!signing.guard_file.empty() && std::filesystem::exists(signing.guard_file)) {
    files.push_back(signing.guard_file);
  }
  for (const std::string& file : files) {
    RETURN_IF_ERROR(AddOutside(file, options));
  }
  ASSIGN_OR_RETURN(options.begin, FindBegin(connection, verb.since));
  options.sample_count = verb.sample_count;
  options.seed = verb.seed != 0 ? verb.seed : std::random_device{}();
  options.state_file = verb.state_file;
  return options;
}

void PrintTable(Session& session, const FsckOptions& options, const FsckResult& result) {
  const Findings& findings = result.findings;
  PrintFindings(session.out, findings);
  session.out << "Checked " << WithThousands(result.entry_count) << " of " << WithThousands(result.tree_size)
              << " entries";
  if (options.sample_count > 0) {
    session.out << ", drawn with seed " << options.seed;
  } else {
    session.out << ", their payloads, the tree, and " << WithThousands(result.checkpoint_count) << " checkpoints";
  }
  session.out << (options.policy.log_keys.empty() ? " (signatures not checked: no key was given)" : "") << ".\n";
  if (result.disposed_count > 0) {
    session.out << WithThousands(result.disposed_count) << " payloads are gone, past their retention.\n";
  }
  if (result.unrestored_count > 0) {
    session.out << WithThousands(result.unrestored_count)
                << " payloads of excluded entries were never copied, and are gone since the ledger was restored.\n";
  }
  PrintConclusion(session.out, findings);
}

void PrintJson(Session& session, const FsckOptions& options, const FsckResult& result) {
  json::object counts;
  for (const auto& [about, count] : result.findings.counts()) {
    counts[about] = count;
  }
  json::array sentences;
  for (const std::string& sentence : result.findings.sentences()) {
    sentences.emplace_back(sentence);
  }
  json::object out{{"tree_size", result.tree_size},
                   {"checked_entries", result.entry_count},
                   {"checked_checkpoints", result.checkpoint_count},
                   {"disposed_payloads", result.disposed_count},
                   {"unrestored_payloads", result.unrestored_count},
                   {"signatures_checked", !options.policy.log_keys.empty()},
                   {"finding_count", result.findings.count()},
                   {"finding_counts", std::move(counts)},
                   {"findings", std::move(sentences)}};
  if (options.sample_count > 0) {
    out["seed"] = options.seed;
  }
  session.out << json::serialize(out) << "\n";
}

void RecordPass(Session& session, db::Connection& connection, const FsckResult& result) {
  const absl::Status status = connection.Transact([&](db::Transaction& transaction) {
    db::InsertFsckPass(transaction, {.start_time = result.start_time,
                                     .end_time = {},
                                     .tree_size = result.tree_size,
                                     .finding_count = result.findings.count()});
    return absl::OkStatus();
  });
  if (!status.ok()) {
    session.err << "affidavit: `affidavit status` will not show this pass: " << status.message() << "\n";
  }
}

absl::StatusOr<ExitCode> Fsck(Session& session, const FsckVerb& verb) {
  db::ConnectionOptions database;
  ASSIGN_OR_RETURN(database.url, FindDatabaseUrl(session, verb.url_file));
  ASSIGN_OR_RETURN(const std::unique_ptr<db::Connection> connection, db::Connection::Open(database));
  RETURN_IF_ERROR(db::CheckSchemaVersion(*connection).status());
  ASSIGN_OR_RETURN(const FsckOptions options, OptionsOf(session, verb, *connection));
  if (verb.store) {
    return FsckStore(session, *connection,
                     {.sample_count = options.sample_count, .seed = options.seed, .policy = options.policy});
  }
  std::optional<Progress> progress;
  FsckRun run(connection.get(), options, [&](int64_t done, int64_t total) {
    if (!progress) {
      progress.emplace(session.err, session.progress, static_cast<uint64_t>(total), "entries");
    }
    progress->Show(static_cast<uint64_t>(done));
  });
  ASSIGN_OR_RETURN(const FsckResult result, run.Run());
  progress.reset();
  session.Format() == OutputFormat::kJson ? PrintJson(session, options, result) : PrintTable(session, options, result);
  if (result.IsFullPass(options)) {
    RecordPass(session, *connection, result);
  }
  return result.findings.count() == 0 ? ExitCode::kGood : ExitCode::kFinding;
}

}  // namespace

void AddFsck(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand(
      "fsck", "Re-read everything in the database; name the first bad record and how many there are");
  AddCommonOptions(*verb, session);
  const auto options = std::make_shared<FsckVerb>();
  verb->add_option("--database-url-file", options->url_file,
                   "File that holds a URL; a reader's role is enough (else $AFFIDAVIT_DATABASE_URL, $DATABASE_URL, the "
                   "configuration)")
      ->type_name("FILE");
  CLI::Option* const since =
      verb->add_option("--since", options->since, "Only entries from this leaf_index or time of receipt on")
          ->type_name("INDEX|TIME");
  CLI::Option* const sample = verb->add_option("--sample", options->sample_count, "Only so many entries, at random")
                                  ->check(CLI::PositiveNumber)
                                  ->excludes(since)
                                  ->type_name("N");
  verb->add_option("--seed", options->seed, "Draw the same sample again")->type_name("N");
  verb->add_option("--checkpoint", options->checkpoint_files,
                   "A signed checkpoint that was kept elsewhere: the log must extend it")
      ->type_name("FILE");
  verb->add_option("--key", options->vkeys,
                   "The log's verifier key, or a file of them (default: of the configuration's key files)")
      ->type_name("VKEY");
  verb->add_option("--resume", options->state_file, "Keep the place in FILE, and go on from it after an interruption")
      ->excludes(since)
      ->excludes(sample)
      ->type_name("FILE");
  verb->add_flag("--store", options->store,
                 "Read the configuration's object store instead: every object, or those of a sample, against its "
                 "receipt and its leaf")
      ->excludes(since);
  verb->callback([&session, options] {
    session.action = [&session, options] {
      const absl::StatusOr<ExitCode> code = Fsck(session, *options);
      return code.ok() ? *code : Fail(session, code.status());
    };
  });
}

}  // namespace affidavit::cli
