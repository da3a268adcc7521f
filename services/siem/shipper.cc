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
    : sink_name_(std::move(sink_name)),
      sink_(std::move(sink)),
      feeds_(std::move(feeds)),
      pace_(pace),
      backoff_(pace.backoff_min, pace.backoff_max),
      loop_([this] { return ShipOnce(); }) {}

void Shipper::RequestStop() {
  loop_.RequestStop();
  sink_->Cancel();
}

void Shipper::Stop() {
  RequestStop();
  loop_.Stop();
}

milliseconds Shipper::ShipOnce() {
  milliseconds pause = pace_.pause;
  for (const ShipperFeed& feed : feeds_) {
    switch (Ship(feed)) {
      case Look::kFailed:
        return backoff_.Next();
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
  backoff_.Reset();
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

}  // namespace affidavit::siem
