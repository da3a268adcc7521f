#include "services/projector/projector_job.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "core/base/status_macros.h"
#include "db/session_lock.h"
#include "ops/log.h"
#include "ops/loop.h"
#include "ops/metrics.h"
#include "services/projector/projector.h"

namespace affidavit::projector {
namespace {

// Of a process that leaves the work to another: nothing.
void SetFactsLag(const db::FactsProgress& progress) {
  std::chrono::microseconds waited{0};
  if (progress.waiting_since.has_value()) {
    waited = std::max(waited, std::chrono::duration_cast<std::chrono::microseconds>(progress.database_time -
                                                                                    *progress.waiting_since));
  }
  ops::GaugeOf("affidavit_facts_lag_entries", "Entries that the projections do not have yet.")
      .Set(static_cast<double>(progress.LagEntries()));
  ops::GaugeOf("affidavit_facts_lag_seconds", "How long the oldest entry that the projections do not have has waited.")
      .Set(std::chrono::duration<double>(waited).count());
}

class RunningProjectorJob final : public ProjectorJob {
 public:
  RunningProjectorJob(ProjectorOptions options, const db::ConnectionOptions& database)
      : options_(std::move(options)),
        lock_(database, kFactsLockName),
        projector_(options_.fold, Alerting::kYes, &lock_),
        backoff_(options_.backoff_min, options_.backoff_max),
        loop_(std::make_unique<ops::Loop>([this] { return StepOnce(); })) {}

  ~RunningProjectorJob() override { Stop(); }

  void Stop() override {
    loop_->Stop();
    lock_.Release();
  }

  bool IsReady() const override { return is_well_; }

 private:
  std::chrono::milliseconds StepOnce() {
    const absl::StatusOr<Projector::Outcome> outcome = FoldIfOurs();
    ReportWell(outcome.status());
    if (!outcome.ok()) {
      return backoff_.Next();
    }
    backoff_.Reset();
    SetFactsLag(outcome->progress);
    // What came meanwhile waits for a step that is worth its transaction.
    return outcome->has_more ? std::chrono::milliseconds(0) : options_.poll_interval;
  }

  absl::StatusOr<Projector::Outcome> FoldIfOurs() {
    ASSIGN_OR_RETURN(const bool is_ours, lock_.Acquire());
    return is_ours ? projector_.Step() : Projector::Outcome();
  }

  void ReportWell(const absl::Status& status) {
    ops::GaugeOf("affidavit_facts_waiting", "1 while the projector waits because of an error.")
        .Set(status.ok() ? 0 : 1);
    if (is_well_.exchange(status.ok()) == status.ok()) {
      return;
    }
    if (status.ok()) {
      ops::LogInfo("the projector goes on");
    } else {
      ops::LogWarning("the projector waits",
                      {{"code", absl::StatusCodeToString(status.code())}, {"why", std::string(status.message())}});
    }
  }

  const ProjectorOptions options_;
  std::atomic<bool> is_well_ = true;
  db::SessionLock lock_;
  // The loop's thread's own.
  Projector projector_;
  ops::Backoff backoff_;

  const std::unique_ptr<ops::Loop> loop_;
};

}  // namespace

std::unique_ptr<ProjectorJob> ProjectorJob::Start(ProjectorOptions options, const db::ConnectionOptions& database) {
  return std::make_unique<RunningProjectorJob>(std::move(options), database);
}

}  // namespace affidavit::projector
