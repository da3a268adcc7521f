#include "services/worker/database_watch.h"

#include <span>

#include "db/siem_store.h"
#include "db/state.h"
#include "ops/log.h"
#include "ops/security_journal.h"

namespace affidavit::worker {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::seconds kAskPeriod{1};
constexpr std::chrono::seconds kAnswerAgeMax{5};
constexpr size_t kAlertsAtOnceMax = 200;

}  // namespace

DatabaseWatch::DatabaseWatch(db::ConnectionPool* pool) : pool_(pool), last_answer_(SteadyClock::time_point::min()) {
  Ask();
  thread_ = std::thread([this] { Run(); });
}

bool DatabaseWatch::IsInReach() const {
  // Not by subtraction, which overflows before the first answer.
  return last_answer_.load() > SteadyClock::now() - kAnswerAgeMax;
}

void DatabaseWatch::Stop() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
  }
  stopped_.notify_all();
  if (thread_.joinable()) {
    thread_.join();
  }
}

void DatabaseWatch::Run() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stopped_.wait_for(lock, kAskPeriod, [this] { return stop_; })) {
    lock.unlock();
    Ask();
    lock.lock();
  }
}

absl::Status DatabaseWatch::WriteAlerts() {
  return ops::SecurityJournal::OfProcess().PassOn(kAlertsAtOnceMax, [this](std::span<const ops::SecurityNote> alerts) {
    return pool_->Transact([alerts](db::Transaction& transaction) {
      for (const ops::SecurityNote& alert : alerts) {
        db::RecordSecurityEvent(transaction, alert.time, alert.name, alert.details);
      }
      return absl::OkStatus();
    });
  });
}

void DatabaseWatch::Ask() {
  const absl::Status status = pool_->Transact([](db::Transaction& transaction) {
    db::ReadDatabaseTime(transaction);
    return absl::OkStatus();
  });
  if (const absl::Status written = status.ok() ? WriteAlerts() : absl::OkStatus(); !written.ok()) {
    ops::LogWarning("alerts wait for the SIEM", {{"code", absl::StatusCodeToString(written.code())}});
  }
  if (status.ok()) {
    last_answer_ = SteadyClock::now();
  }
  const bool in_reach = IsInReach();
  if (in_reach != was_in_reach_) {
    was_in_reach_ = in_reach;
    ops::Log(in_reach ? ops::LogLevel::kInfo : ops::LogLevel::kError,
             in_reach ? "database in reach" : "database out of reach",
             {{"code", absl::StatusCodeToString(status.code())}});
  }
}

}  // namespace affidavit::worker
