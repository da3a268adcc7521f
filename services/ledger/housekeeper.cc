#include "services/ledger/housekeeper.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "core/base/status_macros.h"
#include "db/state.h"
#include "ops/log.h"
#include "ops/metrics.h"

namespace affidavit::ledger {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::seconds kPeriod{1};
constexpr std::chrono::seconds kAnswerAgeMax{5};
constexpr std::chrono::hours kPartitionsPeriod{24};
constexpr std::chrono::minutes kPartitionsRetry{5};
constexpr int64_t kFoldCountMax = 20'000;  // keeps a transaction of this thread short

void SetGauges(const db::Counts& counts) {
  static prometheus::Gauge& tree_size = ops::GaugeOf("affidavit_ledger_tree_size", "Entries in the log.");
  tree_size.Set(static_cast<double>(counts.tree_size));
  std::map<std::string, TimePoint> last_receive_times;
  for (const db::EntryCount& count : counts.counts) {
    if (!IsRecord(count.kind)) {
      TimePoint& last = last_receive_times.emplace(count.source, count.last_receive_time).first->second;
      last = std::max(last, count.last_receive_time);
    }
  }
  for (const auto& [source, time] : last_receive_times) {
    ops::GaugeOf("affidavit_ledger_last_receive_timestamp_seconds", "Receive time of a source's newest entry.",
                 {{"source", source}})
        .Set(std::chrono::duration<double>(time.time_since_epoch()).count());
  }
}

}  // namespace

Housekeeper::Housekeeper(db::ConnectionPool* pool, Chore chore, OnReady on_ready)
    : pool_(pool),
      chore_(std::move(chore)),
      on_ready_(std::move(on_ready)),
      last_answer_(SteadyClock::time_point::min()),
      partitions_due_(SteadyClock::now()) {
  // Once before anyone can ask: a ledger that starts with its store in reach is ready from the first call on.
  RunOnce();
  thread_ = std::thread([this] { Run(); });
}

bool Housekeeper::IsReady() const {
  // Not by subtraction, which overflows before the first answer.
  return last_answer_.load() > SteadyClock::now() - kAnswerAgeMax;
}

void Housekeeper::Stop() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
  }
  stopped_.notify_all();
  if (thread_.joinable()) {
    thread_.join();
  }
}

void Housekeeper::Run() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stopped_.wait_for(lock, kPeriod, [this] { return stop_; })) {
    lock.unlock();
    RunOnce();
    lock.lock();
  }
}

void Housekeeper::RunOnce() {
  absl::Status status = FoldAndReport();
  if (status.ok()) {
    last_answer_ = SteadyClock::now();
    status = chore_(*pool_);
  }
  const bool ready = IsReady();
  if (ready != reported_ready_) {
    reported_ready_ = ready;
    ops::Log(ready ? ops::LogLevel::kInfo : ops::LogLevel::kError, ready ? "store in reach" : "store out of reach",
             {{"code", absl::StatusCodeToString(status.code())}});
    on_ready_(ready);
  }
  if (ready && SteadyClock::now() >= partitions_due_) {
    MakePartitions();
  }
}

absl::Status Housekeeper::FoldAndReport() {
  RETURN_IF_ERROR(pool_->Transact([](db::Transaction& transaction) {
    db::FoldCounts(transaction, kFoldCountMax);
    return absl::OkStatus();
  }));
  return pool_->Transact([](db::Transaction& transaction) {
    SetGauges(db::ReadCounts(transaction));
    return absl::OkStatus();
  });
}

void Housekeeper::MakePartitions() {
  int made = 0;
  const absl::Status status = pool_->Transact([&made](db::Transaction& transaction) {
    made = db::EnsurePartitions(transaction);
    return absl::OkStatus();
  });
  // Three months are ahead: a day that fails is no loss, and what has no partition goes to the DEFAULT one.
  partitions_due_ = SteadyClock::now() + (status.ok() ? std::chrono::minutes(kPartitionsPeriod) : kPartitionsRetry);
  if (!status.ok()) {
    ops::LogWarning("partitions not made", {{"code", absl::StatusCodeToString(status.code())}});
  } else if (made > 0) {
    ops::LogInfo("partitions made", {{"partition_count", made}});
  }
}

}  // namespace affidavit::ledger
