#include "cli/fsck/store_verb.h"

#include <memory>
#include <optional>
#include <string>

#include "boost/json/array.hpp"
#include "boost/json/serialize.hpp"
#include "cli/progress.h"
#include "cli/text.h"
#include "core/base/status_macros.h"
#include "services/objectstore/open_store.h"

namespace affidavit::cli {
namespace {

namespace json = boost::json;

void PrintStoreTable(Session& session, const StoreCheckOptions& options, const StoreCheckResult& result,
                     const std::string& store) {
  const Findings& findings = result.findings;
  PrintFindings(session.out, findings);
  session.out << "Read " << WithThousands(result.object_count) << " objects of " << store
              << ", and compared them with their receipts and leaves";
  if (options.sample_count > 0) {
    session.out << ", drawn with seed " << options.seed;
  }
  session.out << ". The mirror has passed " << WithThousands(result.mirrored_size) << " of "
              << WithThousands(result.tree_size) << " entries.\n";
  const auto say = [&session](int64_t count, const char* what) {
    if (count > 0) {
      session.out << WithThousands(count) << " " << what << ".\n";
    }
  };
  say(result.left_out_count, "excluded entries are never copied");
  say(result.disposed_count, "objects are gone, past their retention");
  say(result.archived_count, "objects are archived: only their locks were compared");
  say(result.extra_count, "more versions of the same bytes lie beside them");
  say(result.log_tree_size, "leaves of the log's copy lead to the signed root");
  PrintConclusion(session.out, findings);
}

void PrintStoreJson(Session& session, const StoreCheckOptions& options, const StoreCheckResult& result,
                    const std::string& store) {
  json::object counts;
  for (const auto& [about, count] : result.findings.counts()) {
    counts[about] = count;
  }
  json::array sentences;
  for (const std::string& sentence : result.findings.sentences()) {
    sentences.emplace_back(sentence);
  }
  json::object out{{"store", store},
                   {"tree_size", result.tree_size},
                   {"mirrored_size", result.mirrored_size},
                   {"checked_objects", result.object_count},
                   {"left_out_entries", result.left_out_count},
                   {"disposed_objects", result.disposed_count},
                   {"archived_objects", result.archived_count},
                   {"extra_versions", result.extra_count},
                   {"log_tree_size", result.log_tree_size},
                   {"finding_count", result.findings.count()},
                   {"finding_counts", std::move(counts)},
                   {"findings", std::move(sentences)}};
  if (options.sample_count > 0) {
    out["seed"] = options.seed;
  }
  session.out << json::serialize(out) << "\n";
}

}  // namespace

absl::StatusOr<ExitCode> FsckStore(Session& session, db::Connection& connection, const StoreCheckOptions& options) {
  ASSIGN_OR_RETURN(const std::optional<config::Config> config, FindConfig(session));
  if (!config) {
    return absl::InvalidArgumentError("--store needs --config, whose [object_store] is checked");
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<objectstore::ObjectStore> store, objectstore::OpenStore(config->object_store));
  std::optional<Progress> progress;
  const char* shown = nullptr;
  StoreCheck check(store.get(), &connection, options, [&](const char* things, int64_t done, int64_t total) {
    if (shown != things) {
      shown = things;
      progress.emplace(session.err, session.progress, static_cast<uint64_t>(total), things);
    }
    progress->Show(static_cast<uint64_t>(done));
  });
  const absl::StatusOr<StoreCheckResult> result = check.Run();
  progress.reset();
  RETURN_IF_ERROR(result.status());
  session.Format() == OutputFormat::kJson ? PrintStoreJson(session, options, *result, store->Name())
                                          : PrintStoreTable(session, options, *result, store->Name());
  return result->findings.count() == 0 ? ExitCode::kGood : ExitCode::kFinding;
}

}  // namespace affidavit::cli
