#include "services/mirror/mirror.h"

#include <algorithm>
#include <atomic>
#include <string>
#include <utility>

#include "core/base/status_macros.h"
#include "db/session_lock.h"
#include "ops/alerts.h"
#include "ops/log.h"
#include "ops/loop.h"
#include "services/mirror/entry_copier.h"
#include "services/mirror/log_mirror.h"
#include "services/mirror/mirror_metrics.h"
#include "services/mirror/walk.h"

namespace affidavit::mirror {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// How old the certainty may be that the lock is still held when a request begins. Should it be lost in between, two
// processes copy the same entries; the receipts are still one's alone.
constexpr milliseconds kLockAgeMax{1'000};
constexpr std::chrono::minutes kLagAlertPause{1};

// What is said of one part's errors: when they begin, and when they are over.
class Health {
 public:
  explicit Health(std::string part) : part_(std::move(part)) {}

  void Report(const absl::Status& status) {
    const bool is_well = status.ok();
    SetWaiting(part_, !is_well);
    if (is_well_.exchange(is_well) == is_well) {
      return;
    }
    if (is_well) {
      ops::LogInfo("the mirror goes on", {{"part", part_}});
    } else {
      ops::LogWarning(
          "the mirror waits",
          {{"part", part_}, {"code", absl::StatusCodeToString(status.code())}, {"why", std::string(status.message())}});
    }
  }
  bool is_well() const { return is_well_; }

 private:
  const std::string part_;
  std::atomic<bool> is_well_ = true;
};

class RunningMirror final : public Mirror {
 public:
  RunningMirror(MirrorOptions options, const db::ConnectionOptions& database, objectstore::ObjectStore* store)
      : options_(std::move(options)),
        walk_lock_(database, "affidavit.mirror"),
        log_lock_(database, "affidavit.mirror_log"),
        entry_copier_(&options_, store, [this] { return MayGoOn(walk_lock_); }),
        walk_(&options_, &walk_lock_, &entry_copier_),
        log_mirror_(&options_, &log_lock_, store, [this] { return MayGoOn(log_lock_); }),
        walk_backoff_(options_.backoff_min, options_.backoff_max),
        log_backoff_(options_.backoff_min, options_.backoff_max),
        walk_loop_(std::make_unique<ops::Loop>([this] { return StepWalk(); })),
        log_loop_(std::make_unique<ops::Loop>([this] { return StepLog(); })) {}

  ~RunningMirror() override { Stop(); }

  void Stop() override {
    is_stopping_ = true;
    walk_loop_->Stop();
    log_loop_->Stop();
    walk_lock_.Release();
    log_lock_.Release();
  }

  bool IsReady() const override { return walk_health_.is_well() && log_health_.is_well(); }

 private:
  absl::Status MayGoOn(db::SessionLock& lock) {
    return is_stopping_ ? absl::CancelledError("the mirror stops") : lock.Check(kLockAgeMax);
  }

  milliseconds StepWalk() {
    const absl::StatusOr<bool> is_ours = walk_lock_.Acquire();
    if (!is_ours.ok()) {
      walk_health_.Report(is_ours.status());
      return walk_backoff_.Next();
    }
    if (!*is_ours) {
      walk_health_.Report(absl::OkStatus());
      ClearLag();
      has_walk_ = false;
      return options_.poll_interval;
    }
    const absl::StatusOr<milliseconds> pause = TakeOver();
    if (pause.ok() && *pause > milliseconds(0)) {
      return *pause;
    }
    const absl::StatusOr<WalkReport> report = pause.ok() ? walk_.Step() : pause.status();
    has_walk_ = report.ok();
    const absl::Status status = report.ok() ? report->waits_for : report.status();
    if (report.ok()) {
      SetLag(report->progress);
      AlertLag(report->progress);
    }
    if (absl::IsCancelled(status)) {
      return options_.poll_interval;
    }
    walk_health_.Report(status);
    if (!status.ok()) {
      return walk_backoff_.Next();
    }
    walk_backoff_.Reset();
    SweepWhenDue();
    return report->settled_count > 0 ? milliseconds(0) : options_.poll_interval;
  }

  // How long to wait before the first step with the lock: until what the last holder had under way has ended.
  absl::StatusOr<milliseconds> TakeOver() {
    if (!has_walk_) {
      ASSIGN_OR_RETURN(const bool has_open_attempts, walk_.HasOpenAttempts());
      walk_due_ = steady_clock::now() + (has_open_attempts ? options_.takeover_pause : milliseconds(0));
      has_walk_ = true;
    }
    const milliseconds pause = std::chrono::ceil<milliseconds>(walk_due_ - steady_clock::now());
    return std::clamp(pause, milliseconds(0), options_.poll_interval);
  }

  void SweepWhenDue() {
    if (steady_clock::now() < sweep_due_) {
      return;
    }
    if (const absl::Status status = walk_.Sweep(); !status.ok() && !absl::IsCancelled(status)) {
      ops::LogWarning("findings not tried again",
                      {{"code", absl::StatusCodeToString(status.code())}, {"why", std::string(status.message())}});
    }
    sweep_due_ = steady_clock::now() + options_.sweep_interval;
  }

  void AlertLag(const db::MirrorProgress& progress) {
    const auto now = steady_clock::now();
    if (LagOf(progress) <= options_.lag_alert || now < lag_alert_due_) {
      return;
    }
    ops::RaiseAlert(ops::kAlertMirrorLagging,
                    {{"entries", progress.LagEntries()}, {"seconds", LagOf(progress).count()}});
    lag_alert_due_ = now + kLagAlertPause;
  }

  milliseconds StepLog() {
    if (steady_clock::now() < log_due_) {
      return std::min(options_.poll_interval, std::chrono::ceil<milliseconds>(log_due_ - steady_clock::now()));
    }
    const absl::StatusOr<bool> is_ours = log_lock_.Acquire();
    const absl::StatusOr<bool> has_written = is_ours.value_or(false) ? log_mirror_.Step() : is_ours;
    if (absl::IsCancelled(has_written.status())) {
      return options_.poll_interval;
    }
    log_health_.Report(has_written.status());
    if (!has_written.ok()) {
      return log_backoff_.Next();
    }
    log_backoff_.Reset();
    if (*has_written) {
      log_due_ = steady_clock::now() + options_.log_interval;
    }
    return options_.poll_interval;
  }

  const MirrorOptions options_;
  std::atomic<bool> is_stopping_ = false;
  Health walk_health_{"entries"};
  Health log_health_{"log"};
  db::SessionLock walk_lock_;
  db::SessionLock log_lock_;

  // The walk's thread's own.
  EntryCopier entry_copier_;
  Walk walk_;
  // The log's thread's own.
  LogMirror log_mirror_;

  ops::Backoff walk_backoff_;  // the walk's thread's own, as the next four
  bool has_walk_ = false;      // the lock, since the last look
  steady_clock::time_point walk_due_{};
  steady_clock::time_point sweep_due_{};  // at once after a start
  steady_clock::time_point lag_alert_due_{};
  ops::Backoff log_backoff_;  // the log's thread's own, as the next
  steady_clock::time_point log_due_{};

  const std::unique_ptr<ops::Loop> walk_loop_;
  const std::unique_ptr<ops::Loop> log_loop_;
};

}  // namespace

std::unique_ptr<Mirror> Mirror::Start(MirrorOptions options, const db::ConnectionOptions& database,
                                      objectstore::ObjectStore* store) {
  return std::make_unique<RunningMirror>(std::move(options), database, store);
}

}  // namespace affidavit::mirror
