#include "services/worker/worker_server.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <utility>

#include "core/base/status_macros.h"
#include "db/connection_pool.h"
#include "db/wait_for_schema.h"
#include "ops/log.h"
#include "ops/private_http.h"
#include "services/mirror/governed_protection.h"
#include "services/mirror/mirror.h"
#include "services/mirror/protection_job.h"
#include "services/objectstore/open_store.h"
#include "services/projector/projector_job.h"
#include "services/records/record_client.h"
#include "services/siem/siem.h"
#include "services/timeouts/timeouts_job.h"
#include "services/worker/database_watch.h"

namespace affidavit::worker {
namespace {

constexpr int kOwnConnections = 2;  // the watch, and what the mirror asks of governance

void ReportWait(const absl::Status& status) {
  ops::LogWarning("waiting for the database", {{"why", std::string(status.message())}});
}

mirror::MirrorOptions MirrorOptionsOf(const config::Config& config) {
  mirror::MirrorOptions options;
  options.worker_id = config.worker.id;
  options.verify_existing = config.mirror.verify_existing;
  options.concurrency = config.mirror.concurrency;
  options.poll_interval = std::chrono::milliseconds(config.mirror.poll_interval_ms);
  options.log_interval = std::chrono::seconds(config.mirror.log_interval_seconds);
  options.sweep_interval = std::chrono::seconds(config.mirror.sweep_interval_seconds);
  options.lag_alert = std::chrono::seconds(config.mirror.lag_alert_seconds);
  return options;
}

class WorkerServerImpl final : public WorkerServer {
 public:
  explicit WorkerServerImpl(const config::Config& config)
      : config_(config), pool_({.url = config.database.url}, kOwnConnections) {}

  ~WorkerServerImpl() override {
    stopping_ = true;
    StopParts();
    if (stopper_.joinable()) {
      stopper_.join();
    }
  }

  absl::Status Begin() {
    const db::ConnectionOptions database{.url = config_.database.url};
    ASSIGN_OR_RETURN(private_http_, ops::PrivateHttp::Start({.listen = config_.worker.metrics_listen,
                                                             .is_ready = [this] { return IsReady(); }}));
    if (config_.mirror.enabled && config_.object_store.kind != "none") {
      ASSIGN_OR_RETURN(store_, objectstore::OpenStore(config_.object_store));
      StartMirror(database);
    }
    if (config_.facts.enabled) {
      if (config_.sources.empty()) {
        ops::LogWarning("no [[sources]]: nobody is found by recipient, and no carrier or consent is known");
      }
      projector_ = projector::ProjectorJob::Start(projector::MakeProjectorOptions(config_), database);
    }
    if (config_.timeouts.enabled) {
      ASSIGN_OR_RETURN(timeouts::TimeoutsOptions options,
                       timeouts::MakeTimeoutsOptions(config_.timeouts, config_.worker.id));
      timeouts_ =
          timeouts::TimeoutsJob::Start(std::move(options), database, records::MakeGrpcRecordClient(config_.worker));
    }
    if (!config_.siem.empty()) {
      ASSIGN_OR_RETURN(siem_, siem::Siem::Start(config_.siem, database));
    }
    watch_ = std::make_unique<DatabaseWatch>(&pool_);
    started_ = true;
    ops::LogInfo("working", {{"worker_id", config_.worker.id},
                             {"object_store", store_ == nullptr ? std::string("none") : store_->Name()},
                             {"sink_count", config_.siem.size()},
                             {"metrics_port", metrics_port()}});
    return absl::OkStatus();
  }

  bool Stop() override {
    stopping_ = true;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(config_.worker.drain_seconds);
    std::unique_lock<std::mutex> lock(mutex_);
    if (!stopper_.joinable()) {
      // Only the process's end cuts a request short that its own deadline does not.
      stopper_ = std::thread([this] {
        StopParts();
        const std::lock_guard<std::mutex> done(mutex_);
        stopped_ = true;
        stopped_changed_.notify_all();
      });
    }
    return stopped_changed_.wait_until(lock, deadline, [this] { return stopped_; });
  }

  int metrics_port() const override { return private_http_->port(); }

 private:
  void StartMirror(const db::ConnectionOptions& database) {
    mirror::MirrorOptions options = MirrorOptionsOf(config_);
    options.protect = [this](std::span<const mirror::EntryToProtect> entries) { return protection_.Protect(entries); };
    mirror_ = mirror::Mirror::Start(std::move(options), database, store_.get());
    mirror::ProtectionJobOptions job;
    job.worker_id = config_.worker.id;
    job.concurrency = config_.mirror.concurrency;
    job.poll_interval = std::chrono::milliseconds(config_.mirror.poll_interval_ms);
    job.retry_interval = std::chrono::seconds(config_.mirror.sweep_interval_seconds);
    protection_job_ = mirror::ProtectionJob::Start(std::move(job), database, store_.get());
  }

  bool IsReady() const {
    return started_ && !stopping_ && watch_->IsInReach() &&
           (mirror_ == nullptr || (mirror_->IsReady() && protection_job_->IsReady())) &&
           (projector_ == nullptr || projector_->IsReady()) && (timeouts_ == nullptr || timeouts_->IsReady());
  }

  void StopParts() {
    if (siem_ != nullptr) {
      siem_->Stop();
    }
    if (timeouts_ != nullptr) {
      timeouts_->Stop();
    }
    if (projector_ != nullptr) {
      projector_->Stop();
    }
    if (protection_job_ != nullptr) {
      protection_job_->Stop();
    }
    if (mirror_ != nullptr) {
      mirror_->Stop();
    }
    if (watch_ != nullptr) {
      watch_->Stop();
    }
  }

  const config::Config config_;
  std::atomic<bool> started_ = false;  // the parts below are what they will be
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;
  std::condition_variable stopped_changed_;
  bool stopped_ = false;  // guarded by mutex_
  std::thread stopper_;
  // In order of construction: each uses only what stands above it, but for the port, which asks all of them.
  db::ConnectionPool pool_;
  mirror::GovernedProtection protection_{&pool_};
  std::unique_ptr<objectstore::ObjectStore> store_;
  std::unique_ptr<mirror::Mirror> mirror_;
  std::unique_ptr<mirror::ProtectionJob> protection_job_;
  std::unique_ptr<projector::ProjectorJob> projector_;
  std::unique_ptr<timeouts::TimeoutsJob> timeouts_;
  std::unique_ptr<siem::Siem> siem_;
  std::unique_ptr<DatabaseWatch> watch_;
  std::unique_ptr<ops::PrivateHttp> private_http_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<WorkerServer>> WorkerServer::Start(const config::Config& config,
                                                                  const Interrupted& interrupted,
                                                                  std::chrono::milliseconds store_wait_max) {
  RETURN_IF_ERROR(db::WaitForSchema({.url = config.database.url}, store_wait_max, interrupted, ReportWait));
  auto server = std::make_unique<WorkerServerImpl>(config);
  RETURN_IF_ERROR(server->Begin());
  return server;
}

}  // namespace affidavit::worker
