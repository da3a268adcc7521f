#include "services/siem/shipper.h"

#include <algorithm>
#include <utility>

#include "core/base/status_macros.h"
#include "ops/log.h"
#include "ops/metrics.h"

namespace affidavit::siem {

using std::chrono::milliseconds;

Shipper::Shipper(std::string sink_name, std::unique_ptr<ReceiptSink> sink, std::vector<ShipperFeed> feeds,
                 const ShipperPace& pace)
    : sink_name_(std::move(sink_name)), sink_(std::move(sink)), feeds_(std::move(feeds)), pace_(pace), thread_([this] {
        Run();
      }) {}

void Shipper::RequestStop() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
  }
  stopped_.notify_all();
  sink_->Cancel();
}

void Shipper::Stop() {
  RequestStop();
  if (thread_.joinable()) {
    thread_.join();
  }
}

void Shipper::Run() {
  milliseconds pause(0);
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stopped_.wait_for(lock, pause, [this] { return stop_; })) {
    lock.unlock();
    pause = ShipOnce();
    lock.lock();
  }
}

milliseconds Shipper::ShipOnce() {
  milliseconds pause = pace_.pause;
  for (const ShipperFeed& feed : feeds_) {
    switch (Ship(feed)) {
      case Look::kFailed:
        return Backoff();
      case Look::kMore:
        pause = milliseconds(0);
        break;
      case Look::kIdle:
        break;
    }
  }
  if (failure_count_ > 0) {
    ops::LogInfo("sink in reach again", {{"sink", sink_name_}});
  }
  failure_count_ = 0;
  return pause;
}

Shipper::Look Shipper::Ship(const ShipperFeed& feed) {
  const absl::StatusOr<std::optional<Stretch>> read = feed.read();
  if (!read.ok()) {
    return Failed(feed, read.status());
  }
  if (!read->has_value()) {
    return Look::kIdle;  // another process ships; it has the metrics, too
  }
  const Stretch& stretch = **read;
  if (stretch.messages.empty()) {
    ShowLag(feed, stretch, 0);
    return Look::kIdle;
  }
  const Delivery delivery = sink_->Deliver(stretch.messages);
  if (delivery.delivered_count > 0) {
    const absl::Status advanced = feed.advance(stretch.cursor, stretch.next_cursors[delivery.delivered_count - 1]);
    if (!advanced.ok() && !absl::IsAborted(advanced)) {
      return Failed(feed, advanced);  // what was delivered is delivered again
    }
    ops::CounterOf("affidavit_worker_siem_delivered_total", "Messages that a sink has taken; repeats included.",
                   {{"sink", sink_name_}, {"feed", feed.name}})
        .Increment(static_cast<double>(delivery.delivered_count));
  }
  ShowLag(feed, stretch, delivery.delivered_count);
  if (absl::IsCancelled(delivery.status)) {
    return Look::kIdle;
  }
  return delivery.status.ok() ? Look::kMore : Failed(feed, delivery.status);
}

Shipper::Look Shipper::Failed(const ShipperFeed& feed, const absl::Status& status) {
  ++failure_count_;
  ops::CounterOf("affidavit_worker_siem_failures_total", "Deliveries that a sink did not take whole.",
                 {{"sink", sink_name_}})
      .Increment();
  const std::initializer_list<ops::LogField> fields = {{"sink", sink_name_},
                                                       {"feed", feed.name},
                                                       {"failures", failure_count_},
                                                       {"code", absl::StatusCodeToString(status.code())},
                                                       {"why", std::string(status.message())}};
  if (failure_count_ >= pace_.alert_after) {
    ops::RaiseAlert(ops::kAlertSiemBehind, fields);
  } else {
    ops::LogWarning("not delivered to the SIEM", fields);
  }
  return Look::kFailed;
}

void Shipper::ShowLag(const ShipperFeed& feed, const Stretch& stretch, size_t delivered_count) {
  const ops::Labels labels = {{"sink", sink_name_}};
  const auto waiting = static_cast<double>(stretch.waiting_count - static_cast<int64_t>(delivered_count));
  if (feed.name == "receipts") {
    ops::GaugeOf("affidavit_worker_siem_lag_receipts", "Receipts that a sink has not acknowledged.", labels)
        .Set(waiting);
  }
  ops::GaugeOf("affidavit_worker_siem_lag_seconds", "Age of the oldest message that a sink has not acknowledged.",
               {{"sink", sink_name_}, {"feed", feed.name}})
      .Set(waiting > 0 ? stretch.waiting_seconds : 0);
}

milliseconds Shipper::Backoff() {
  milliseconds backoff = pace_.backoff_min;
  for (int i = 1; i < failure_count_ && backoff < pace_.backoff_max; ++i) {
    backoff *= 2;
  }
  backoff = std::min(backoff, pace_.backoff_max);
  return milliseconds(std::uniform_int_distribution<int64_t>(backoff.count() / 2, backoff.count())(random_));
}

}  // namespace affidavit::siem
