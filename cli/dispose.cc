// retention dispose: the end of payloads whose time is over and that no hold binds.
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "CLI/App.hpp"
#include "absl/strings/str_cat.h"
#include "boost/json/object.hpp"
#include "boost/json/serialize.hpp"
#include "cli/database_url.h"
#include "cli/dispose/disposal.h"
#include "cli/ledger_client.h"
#include "cli/progress.h"
#include "cli/text.h"
#include "cli/verbs.h"
#include "core/base/status_macros.h"
#include "db/disposition_store.h"
#include "db/migrator.h"
#include "db/session_lock.h"
#include "db/state.h"
#include "services/objectstore/open_store.h"

namespace affidavit::cli {
namespace {

namespace json = boost::json;

constexpr std::chrono::milliseconds kLockAgeMax{1'000};

struct DisposeVerb {
  std::string url_file, before, actor, reason;
  bool dry_run = false, yes = false, not_mirrored = false;
};

// By the database's clock, which also says what lies ahead.
absl::StatusOr<TimePoint> CutoffOf(const DisposeVerb& verb, db::Connection& database) {
  TimePoint now;
  RETURN_IF_ERROR(database.Transact([&now](db::Transaction& transaction) {
    now = db::ReadDatabaseTime(transaction);
    return absl::OkStatus();
  }));
  if (verb.before.empty()) {
    return now;
  }
  const std::optional<TimePoint> cutoff = ParseRfc3339(verb.before);
  if (!cutoff || *cutoff > now) {
    return absl::InvalidArgumentError("--before takes a time that is not ahead, such as 2026-01-01T00:00:00Z");
  }
  return *cutoff;
}

// Looking through a month of payloads takes as long as it takes: nobody waits for it but us.
absl::StatusOr<std::unique_ptr<db::Connection>> OpenForLong(const std::string& url) {
  db::ConnectionOptions options;
  options.url = url;
  options.statement_timeout_ms = 0;
  options.transaction_timeout_ms = 0;
  return db::Connection::Open(options);
}

absl::StatusOr<std::vector<db::PartitionFate>> ReadFates(db::Connection& database, TimePoint cutoff) {
  std::vector<std::string> names;
  RETURN_IF_ERROR(database.Transact([&](db::Transaction& transaction) {
    names = db::ListPayloadPartitions(transaction);
    return absl::OkStatus();
  }));
  std::vector<db::PartitionFate> fates;
  for (const std::string& name : names) {
    RETURN_IF_ERROR(database.Transact([&](db::Transaction& transaction) {
      fates.push_back(db::ReadPartitionFate(transaction, name, cutoff));
      return absl::OkStatus();
    }));
    if (fates.back().ExpiredCount() == 0) {
      fates.pop_back();
    }
  }
  return fates;
}

std::string TimeOrDash(const std::optional<TimePoint>& time) {
  return time ? FormatRfc3339(*time).substr(0, 19) + "Z" : "-";
}

void PrintFates(Session& session, const std::vector<db::PartitionFate>& fates, std::ostream& out) {
  if (session.Format() == OutputFormat::kJson) {
    for (const db::PartitionFate& fate : fates) {
      session.out << json::serialize(json::object{{"partition", fate.partition_name},
                                                  {"row_count", fate.row_count},
                                                  {"expired_count", fate.ExpiredCount()},
                                                  {"kept_count", fate.kept_count},
                                                  {"held_count", fate.held_count},
                                                  {"unmirrored_count", fate.unmirrored_count}})
                  << "\n";
    }
    return;
  }
  Table table({"partition", "received from", "until", "payloads", "over", "kept", "of these held"});
  for (const db::PartitionFate& fate : fates) {
    table.AddRow({fate.partition_name, TimeOrDash(fate.first_receive_time), TimeOrDash(fate.last_receive_time),
                  WithThousands(fate.row_count), WithThousands(fate.ExpiredCount()), WithThousands(fate.kept_count),
                  WithThousands(fate.held_count)});
  }
  table.Print(out);
}

bool IsDisposalConfirmed(const std::vector<db::PartitionFate>& fates, std::ostream& out) {
  int64_t expired_count = 0;
  for (const db::PartitionFate& fate : fates) {
    expired_count += fate.ExpiredCount();
  }
  out << WithThousands(expired_count)
      << " payloads and their objects go, for ever; their entries, digests and proofs stay.\n";
  return IsAnsweredYes("Type yes to dispose of them", out);
}

void PrintDisposal(Session& session, const DisposalResult& result) {
  if (session.Format() == OutputFormat::kJson) {
    session.out << json::serialize(json::object{{"partition", result.partition_name},
                                                {"complete", result.IsComplete()},
                                                {"disposed_count", result.disposed_count},
                                                {"kept_count", result.kept_count},
                                                {"held_count", result.held_count},
                                                {"deleted_objects", result.deleted_object_count},
                                                {"absent_objects", result.absent_object_count},
                                                {"refused_objects", result.refused_object_count},
                                                {"intent_leaf_index", result.intent_leaf_index},
                                                {"complete_leaf_index", result.complete_leaf_index}})
                << "\n";
    return;
  }
  if (result.IsComplete()) {
    session.out << result.partition_name << ": " << WithThousands(result.disposed_count) << " payloads and "
                << WithThousands(result.deleted_object_count) << " objects are gone, "
                << WithThousands(result.kept_count) << " stay; entries " << result.intent_leaf_index << " and "
                << result.complete_leaf_index << " tell of it\n";
    return;
  }
  session.out << result.partition_name << ": " << WithThousands(result.refused_object_count)
              << " objects are not given up by the store, so the payloads stay:\n";
  for (const std::string& object : result.refused_objects) {
    session.out << "  " << object << "\n";
  }
}

// What stands in the way of a partition, with what to do; empty: nothing.
std::string ObstacleOf(const db::PartitionFate& fate, const DisposeVerb& verb, bool has_store) {
  if (!has_store || fate.unmirrored_count == 0 || verb.not_mirrored) {
    return {};
  }
  return absl::StrCat(fate.partition_name, ": ", WithThousands(fate.unmirrored_count),
                      " payloads that are over were never copied to the object store; it stays\n  what to do: let the "
                      "worker copy them, or say --not-mirrored");
}

absl::Status DisposeOfAll(Session& session, const DisposeVerb& verb, const config::Config& config, TimePoint cutoff,
                          const std::string& url, db::Connection& database,
                          const std::vector<db::PartitionFate>& fates) {
  std::unique_ptr<objectstore::ObjectStore> store;
  if (config.object_store.kind != "none") {
    ASSIGN_OR_RETURN(store, objectstore::OpenStore(config.object_store));
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<LedgerClient> client, LedgerClient::Open(session));
  ASSIGN_OR_RETURN(const std::unique_ptr<db::Connection> finisher, db::Connection::Open({.url = url}));
  db::SessionLock lock({.url = url}, db::kDispositionRunLock);
  ASSIGN_OR_RETURN(const bool is_held, lock.Acquire());
  if (!is_held) {
    return absl::UnavailableError("another disposition, or a hold, is under way\n  what to do: try again in a minute");
  }
  int64_t object_count = 0;
  Progress progress(session.err, session.progress, 0, "objects");
  const DisposalOptions options{.cutoff = cutoff, .actor = verb.actor, .reason = verb.reason};
  const DisposalMeans means{
      .finisher = finisher.get(),
      .database = &database,
      .store = store.get(),
      .append = [&](const GovernanceRecord& record) { return client->AppendAct(record); },
      .check = [&] { return lock.Check(kLockAgeMax); },
      .on_progress = [&](int64_t count) { progress.Show(static_cast<uint64_t>(object_count + count)); }};
  RETURN_IF_ERROR(ConcludeDisposals(options, means).status());
  int incomplete_count = 0;
  for (const db::PartitionFate& fate : fates) {
    if (const std::string obstacle = ObstacleOf(fate, verb, store != nullptr); !obstacle.empty()) {
      session.err << obstacle << "\n";
      ++incomplete_count;
      continue;
    }
    ASSIGN_OR_RETURN(const DisposalResult result, DisposeOfPartition(fate.partition_name, options, means));
    object_count += result.deleted_object_count;
    PrintDisposal(session, result);
    incomplete_count += result.IsComplete() ? 0 : 1;
  }
  return incomplete_count == 0
             ? absl::OkStatus()
             : absl::FailedPreconditionError(
                   absl::StrCat(incomplete_count, incomplete_count == 1 ? " partition stays" : " partitions stay"));
}

absl::Status Dispose(Session& session, const DisposeVerb& verb) {
  if (!verb.dry_run && verb.actor.empty()) {
    return absl::InvalidArgumentError("--actor is required: who decides stands in the log for ever");
  }
  ASSIGN_OR_RETURN(const std::optional<config::Config> config, FindConfig(session));
  if (!config && !verb.dry_run) {
    return absl::InvalidArgumentError("a configuration is needed: it says where the object store is (--config)");
  }
  ASSIGN_OR_RETURN(const std::string url, FindDatabaseUrl(session, verb.url_file));
  ASSIGN_OR_RETURN(const std::unique_ptr<db::Connection> database, OpenForLong(url));
  RETURN_IF_ERROR(db::CheckSchemaVersion(*database).status());
  ASSIGN_OR_RETURN(const TimePoint cutoff, CutoffOf(verb, *database));
  ASSIGN_OR_RETURN(const std::vector<db::PartitionFate> fates, ReadFates(*database, cutoff));
  std::ostream& talk = session.Format() == OutputFormat::kJson ? session.err : session.out;
  if (fates.empty()) {
    talk << "nothing is over before " << FormatRfc3339(cutoff) << "\n";
  } else {
    PrintFates(session, fates, talk);
  }
  if (verb.dry_run) {
    return absl::OkStatus();
  }
  if (!fates.empty() && !verb.yes && !IsDisposalConfirmed(fates, talk)) {
    return absl::CancelledError("nothing was disposed of: `yes` was not the answer");
  }
  return DisposeOfAll(session, verb, *config, cutoff, url, *database, fates);
}

}  // namespace

void AddDispose(CLI::App& family, Session& session) {
  const auto verb = std::make_shared<DisposeVerb>();
  CLI::App* dispose = AddLedgerVerb(family, session, "dispose",
                                    "Delete payloads past their retention that no hold binds; says what goes, and asks",
                                    [&session, verb] { return Dispose(session, *verb); });
  dispose->add_flag("--dry-run", verb->dry_run, "Only say what would go, and what stays");
  dispose->add_option("--before", verb->before, "What had to be kept no longer than until then (default: now)");
  dispose->add_option("--actor", verb->actor, "Who decides; kept in the log for ever");
  dispose->add_option("--reason", verb->reason, "Why; kept in the log for ever");
  dispose->add_option("--database-url-file", verb->url_file,
                      "A file with the database's URL, as role affidavit_dispose");
  dispose->add_flag("--not-mirrored", verb->not_mirrored, "Also what was never copied to the object store");
  dispose->add_flag("--yes", verb->yes, "Do not ask");
}

}  // namespace affidavit::cli
