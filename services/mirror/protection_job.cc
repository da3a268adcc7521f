#include "services/mirror/protection_job.h"

#include <atomic>
#include <utility>

#include "db/protection_store.h"
#include "db/session_lock.h"
#include "ops/log.h"
#include "ops/loop.h"
#include "ops/metrics.h"
#include "services/mirror/mirror_metrics.h"
#include "services/mirror/protector.h"

namespace affidavit::mirror {
namespace {

// As the mirror's: how old the certainty may be that the lock is still held when a request begins.
constexpr std::chrono::milliseconds kJobLockAgeMax{1'000};

void SetBacklog(const db::ProtectionBacklog& backlog) {
  ops::GaugeOf("affidavit_worker_protection_receipts", "Receipts that open protection jobs have yet to look at.")
      .Set(static_cast<double>(backlog.receipt_count));
  ops::GaugeOf("affidavit_worker_protection_findings", "Objects whose lock or hold could not be changed.")
      .Set(static_cast<double>(backlog.finding_count));
}

class RunningProtectionJob final : public ProtectionJob {
 public:
  RunningProtectionJob(ProtectionJobOptions options, const db::ConnectionOptions& database,
                       objectstore::ObjectStore* store)
      : options_(std::move(options)),
        lock_(database, "affidavit.protection"),
        protector_(&options_, &lock_, store,
                   [this] {
                     return is_stopping_ ? absl::CancelledError("the protection job stops")
                                         : lock_.Check(kJobLockAgeMax);
                   }),
        backoff_(options_.backoff_min, options_.backoff_max),
        loop_(std::make_unique<ops::Loop>([this] { return StepOnce(); })) {}

  ~RunningProtectionJob() override { Stop(); }

  void Stop() override {
    is_stopping_ = true;
    loop_->Stop();
    lock_.Release();
  }

  bool IsReady() const override { return is_well_; }

 private:
  std::chrono::milliseconds StepOnce() {
    const absl::StatusOr<bool> is_ours = lock_.Acquire();
    const absl::StatusOr<bool> more = is_ours.value_or(false) ? protector_.Step() : is_ours;
    if (absl::IsCancelled(more.status())) {
      return options_.poll_interval;
    }
    Report(more.status());
    if (!more.ok()) {
      return backoff_.Next();
    }
    backoff_.Reset();
    SetBacklog(is_ours.value() ? ReadBacklog() : db::ProtectionBacklog());
    return is_ours.value() && *more ? std::chrono::milliseconds(0) : options_.poll_interval;
  }

  db::ProtectionBacklog ReadBacklog() {
    db::ProtectionBacklog backlog;
    const absl::Status status = lock_.Transact([&](db::Transaction& transaction) {
      backlog = db::ReadProtectionBacklog(transaction);
      return absl::OkStatus();
    });
    return status.ok() ? backlog : db::ProtectionBacklog();
  }

  void Report(const absl::Status& status) {
    SetWaiting("protection", !status.ok());
    if (is_well_.exchange(status.ok()) == status.ok()) {
      return;
    }
    if (status.ok()) {
      ops::LogInfo("the protection job goes on");
    } else {
      ops::LogWarning("the protection job waits",
                      {{"code", absl::StatusCodeToString(status.code())}, {"why", std::string(status.message())}});
    }
  }

  const ProtectionJobOptions options_;
  std::atomic<bool> is_stopping_ = false;
  std::atomic<bool> is_well_ = true;
  db::SessionLock lock_;
  // The loop's thread's own.
  Protector protector_;
  ops::Backoff backoff_;

  const std::unique_ptr<ops::Loop> loop_;
};

}  // namespace

std::unique_ptr<ProtectionJob> ProtectionJob::Start(ProtectionJobOptions options, const db::ConnectionOptions& database,
                                                    objectstore::ObjectStore* store) {
  return std::make_unique<RunningProtectionJob>(std::move(options), database, store);
}

}  // namespace affidavit::mirror
