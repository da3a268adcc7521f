#include "services/timeouts/timeouts_job.h"

#include <atomic>
#include <string>
#include <utility>

#include "db/session_lock.h"
#include "ops/log.h"
#include "ops/loop.h"
#include "services/timeouts/marker.h"

namespace affidavit::timeouts {
namespace {

class RunningTimeoutsJob final : public TimeoutsJob {
 public:
  RunningTimeoutsJob(TimeoutsOptions options, const db::ConnectionOptions& database,
                     std::unique_ptr<records::RecordClient> ledger)
      : options_(std::move(options)),
        ledger_(std::move(ledger)),
        lock_(database, "affidavit.timeouts"),
        marker_(&options_, &lock_, ledger_.get(), [this] { return is_stopping_.load(); }),
        backoff_(options_.backoff_min, options_.backoff_max),
        loop_(std::make_unique<ops::Loop>([this] { return StepOnce(); })) {}

  ~RunningTimeoutsJob() override { Stop(); }

  void Stop() override {
    is_stopping_ = true;
    loop_->Stop();
    lock_.Release();
  }

  bool IsReady() const override { return is_well_; }

 private:
  std::chrono::milliseconds StepOnce() {
    if (is_stopping_) {
      return options_.poll_interval;
    }
    const absl::StatusOr<bool> is_ours = lock_.Acquire();
    if (!is_ours.value_or(false)) {
      marker_.StandBy();
    }
    const absl::StatusOr<bool> more = is_ours.value_or(false) ? marker_.Step() : is_ours;
    Report(more.status());
    if (!more.ok()) {
      return backoff_.Next();
    }
    backoff_.Reset();
    return *more ? std::chrono::milliseconds(0) : options_.poll_interval;
  }

  void Report(const absl::Status& status) {
    if (is_well_.exchange(status.ok()) == status.ok()) {
      return;
    }
    if (status.ok()) {
      ops::LogInfo("silent failures are marked again");
    } else {
      ops::LogWarning("the timeouts job waits",
                      {{"code", absl::StatusCodeToString(status.code())}, {"why", std::string(status.message())}});
    }
  }

  const TimeoutsOptions options_;
  const std::unique_ptr<records::RecordClient> ledger_;
  std::atomic<bool> is_stopping_ = false;
  std::atomic<bool> is_well_ = true;
  db::SessionLock lock_;
  // The loop's thread's own.
  Marker marker_;
  ops::Backoff backoff_;

  const std::unique_ptr<ops::Loop> loop_;
};

}  // namespace

std::unique_ptr<TimeoutsJob> TimeoutsJob::Start(TimeoutsOptions options, const db::ConnectionOptions& database,
                                                std::unique_ptr<records::RecordClient> ledger) {
  return std::make_unique<RunningTimeoutsJob>(std::move(options), database, std::move(ledger));
}

}  // namespace affidavit::timeouts
