// Brings feeds to one sink, on a thread of its own: reads a stretch from the cursor, delivers it, moves the cursor over
// what was acknowledged. At least once: whatever ends it, what was not acknowledged is sent again. Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ops/loop.h"
#include "services/siem/receipt_sink.h"

namespace affidavit::siem {

// What lies at a cursor: consecutive messages, and where the cursor stands after each.
struct Stretch {
  int64_t cursor = 0;
  std::vector<std::string> messages;
  std::vector<int64_t> next_cursors;  // one for each message
  int64_t waiting_count = 0;          // these messages included
  double waiting_seconds = 0;         // age of the oldest
};

struct ShipperFeed {
  std::string name;  // of the metrics: "receipts", "security_events"
  // Nothing when another process ships to this sink.
  std::function<absl::StatusOr<std::optional<Stretch>>()> read;
  // ABORTED when the cursor is not at `from` any more: somebody has set it back.
  std::function<absl::Status(int64_t from, int64_t to)> advance;
};

struct ShipperPace {
  std::chrono::milliseconds pause{1'000};  // when nothing waits
  std::chrono::milliseconds backoff_min{1'000}, backoff_max{60'000};
  int alert_after = 3;  // failures in a row
};

class Shipper {
 public:
  // Starts the thread.
  Shipper(std::string sink_name, std::unique_ptr<ReceiptSink> sink, std::vector<ShipperFeed> feeds,
          const ShipperPace& pace);
  ~Shipper() { Stop(); }
  Shipper(const Shipper&) = delete;
  Shipper& operator=(const Shipper&) = delete;

  // Cancels the delivery that is under way; none comes after it.
  void RequestStop();
  // The same, and waits for the thread.
  void Stop();

 private:
  // What became of a look at a feed.
  enum class Look { kIdle, kMore, kFailed };

  std::chrono::milliseconds ShipOnce();
  Look Ship(const ShipperFeed& feed);
  Look Failed(const ShipperFeed& feed, const absl::Status& status);
  void ShowLag(const ShipperFeed& feed, const Stretch& stretch, size_t delivered_count);

  // Constant after construction.
  const std::string sink_name_;
  const std::unique_ptr<ReceiptSink> sink_;
  const std::vector<ShipperFeed> feeds_;
  const ShipperPace pace_;

  // The thread's own.
  int failure_count_ = 0;
  ops::Backoff backoff_;

  ops::Loop loop_;
};

}  // namespace affidavit::siem
