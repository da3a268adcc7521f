// reindex: empties the projections and folds the whole log into them again. Evidence is not touched. Folds itself where
// no worker does; else watches the worker that holds the lock.
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "CLI/App.hpp"
#include "absl/strings/str_cat.h"
#include "boost/json/serialize.hpp"
#include "cli/database_url.h"
#include "cli/progress.h"
#include "cli/text.h"
#include "cli/verbs.h"
#include "core/base/status_macros.h"
#include "db/connection_pool.h"
#include "db/facts_store.h"
#include "db/session_lock.h"
#include "services/projector/options.h"
#include "services/projector/projector.h"

namespace affidavit::cli {
namespace {

namespace json = boost::json;

// How often a worker that folds is looked at, and how long it may stand still.
constexpr std::chrono::milliseconds kWatchInterval{200};
constexpr std::chrono::seconds kStandstillMax{60};

struct ReindexOptions {
  std::string url_file;
  bool yes = false;
};

absl::StatusOr<db::FactsProgress> ReadProgress(db::ConnectionPool& pool) {
  db::FactsProgress progress;
  RETURN_IF_ERROR(pool.Transact([&](db::Transaction& transaction) {
    progress = db::ReadFactsProgress(transaction);
    return absl::OkStatus();
  }));
  return progress;
}

// What is folded, and by whom.
struct Reindexed {
  int64_t tree_size = 0;     // of the log when it began: so many entries are folded at the end
  int64_t folded_count = 0;  // by this process; the rest by a worker
  std::chrono::duration<double> duration{};
};

// Folds until all that the log held at the beginning is in the projections.
class Reindexer {
 public:
  Reindexer(Session& session, const db::ConnectionOptions& database, const config::Config& config)
      : session_(session),
        pool_(database, 1),
        lock_(database, projector::kFactsLockName),
        projector_(projector::MakeProjectorOptions(config).fold, projector::Alerting::kNo, &lock_) {}

  absl::StatusOr<Reindexed> Run() {
    const auto start = std::chrono::steady_clock::now();
    ASSIGN_OR_RETURN(const db::FactsProgress before, ReadProgress(pool_));
    RETURN_IF_ERROR(pool_.Transact([](db::Transaction& transaction) {
      db::ResetFacts(transaction);
      return absl::OkStatus();
    }));
    reindexed_.tree_size = before.tree_size;
    Progress shown(session_.err, session_.progress, static_cast<uint64_t>(before.tree_size), "entries");
    moved_time_ = start;
    int64_t done = 0;
    while (done < before.tree_size) {
      shown.Show(static_cast<uint64_t>(done));
      const absl::StatusOr<int64_t> now_done = FoldOrWatch();
      if (!now_done.ok() && !IsPassing(now_done.status())) {
        return now_done.status();
      }
      if (now_done.ok() && *now_done != done) {
        done = *now_done;
        moved_time_ = std::chrono::steady_clock::now();
      } else if (std::chrono::steady_clock::now() - moved_time_ > kStandstillMax) {
        return now_done.ok() ? absl::UnavailableError(absl::StrCat("nothing was folded for ", kStandstillMax.count(),
                                                                   " s\n  what to do: look at the worker's log"))
                             : now_done.status();
      }
    }
    reindexed_.duration = std::chrono::steady_clock::now() - start;
    return reindexed_;
  }

 private:
  // Over by itself, or what is repeated safely: the projections must not stay half empty for it.
  static bool IsPassing(const absl::Status& status) {
    if (!absl::IsUnavailable(status) && !absl::IsDataLoss(status)) {
      return false;
    }
    std::this_thread::sleep_for(kWatchInterval);
    return true;
  }

  // How far the projections are, after a step of ours or a look at the worker's.
  absl::StatusOr<int64_t> FoldOrWatch() {
    ASSIGN_OR_RETURN(const bool is_ours, lock_.Acquire());
    if (is_ours) {
      ASSIGN_OR_RETURN(const projector::Projector::Outcome outcome, projector_.Step());
      reindexed_.folded_count += outcome.folded_count;
      return outcome.progress.next_leaf_index;
    }
    ASSIGN_OR_RETURN(const db::FactsProgress progress, ReadProgress(pool_));
    std::this_thread::sleep_for(kWatchInterval);
    return progress.next_leaf_index;
  }

  Session& session_;
  db::ConnectionPool pool_;
  db::SessionLock lock_;
  projector::Projector projector_;
  Reindexed reindexed_;
  std::chrono::steady_clock::time_point moved_time_;
};

void ReportPlan(Session& session, const db::FactsProgress& progress) {
  if (session.Format() == OutputFormat::kJson) {
    session.out << json::serialize(json::object{{"reindexed", false},
                                                {"tree_size", progress.tree_size},
                                                {"next_leaf_index", progress.next_leaf_index}})
                << "\n";
    return;
  }
  session.out << "The projections (custody, messages, schemas seen, recipients) have "
              << WithThousands(progress.next_leaf_index) << " of " << WithThousands(progress.tree_size)
              << " entries.\nreindex empties them and folds the log again. Evidence is not touched; until it is done, "
                 "answers\nlack what is not folded yet, and no timeout is recorded. Run the same again with --yes.\n";
}

void ReportDone(Session& session, const Reindexed& done) {
  const double seconds = std::max(done.duration.count(), 0.001);
  if (session.Format() == OutputFormat::kJson) {
    session.out << json::serialize(json::object{{"reindexed", true},
                                                {"tree_size", done.tree_size},
                                                {"folded_here_count", done.folded_count},
                                                {"duration_seconds", seconds}})
                << "\n";
    return;
  }
  session.out << "Folded " << WithThousands(done.tree_size) << " entries in "
              << WithThousands(static_cast<int64_t>(seconds + 0.5)) << " s, "
              << WithThousands(static_cast<int64_t>(static_cast<double>(done.tree_size) / seconds)) << " a second, by "
              << (done.folded_count >= done.tree_size ? "this command"
                  : done.folded_count == 0            ? "the worker"
                                                      : "the worker and this command")
              << ".\n";
}

absl::StatusOr<ExitCode> Reindex(Session& session, const ReindexOptions& options) {
  ASSIGN_OR_RETURN(const std::optional<config::Config> config, FindConfig(session));
  if (!config) {
    return absl::InvalidArgumentError(
        "--config is needed: what is read of payloads stands under each source's details");
  }
  RETURN_IF_ERROR(config::CheckFacts(config->facts));
  db::ConnectionOptions database;
  ASSIGN_OR_RETURN(database.url, FindDatabaseUrl(session, options.url_file));
  if (!options.yes) {
    db::ConnectionPool pool(database, 1);
    ASSIGN_OR_RETURN(const db::FactsProgress progress, ReadProgress(pool));
    ReportPlan(session, progress);
    return ExitCode::kFinding;
  }
  ASSIGN_OR_RETURN(const Reindexed done, Reindexer(session, database, *config).Run());
  ReportDone(session, done);
  return ExitCode::kGood;
}

}  // namespace

void AddReindex(CLI::App& app, Session& session) {
  CLI::App* verb =
      app.add_subcommand("reindex", "Empty the projections and fold the whole log into them again (--yes)");
  AddCommonOptions(*verb, session);
  const auto options = std::make_shared<ReindexOptions>();
  verb->add_option(
          "--database-url-file", options->url_file,
          "File that holds the worker role's URL (else $AFFIDAVIT_DATABASE_URL, $DATABASE_URL, the configuration)")
      ->type_name("FILE");
  verb->add_flag("--yes", options->yes, "Do it; without, only say how far the projections are");
  verb->callback([&session, options] {
    session.action = [&session, options] {
      const absl::StatusOr<ExitCode> code = Reindex(session, *options);
      return code.ok() ? *code : Fail(session, code.status());
    };
  });
}

}  // namespace affidavit::cli
