// Brings the log's newest checkpoint to one outsider again and again, on a thread of its own: no queue, only what is
// newest counts. A failure is retried with growing pauses for as long as it lasts, and alerts. Thread-safe.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "db/log_store.h"
#include "ops/loop.h"

namespace affidavit::ledger {

struct AnchorTarget {
  std::string name;  // of the metrics' label: "witness/NAME", "timestamper/NAME"
  // The newest checkpoint, unless this target has anchored it already or another process cares for it.
  std::function<absl::StatusOr<std::optional<db::StoredCheckpoint>>()> find;
  // Has it anchored, verifies and stores the anchor. Bounds its own time.
  std::function<absl::Status(const db::StoredCheckpoint&)> anchor;
  std::chrono::milliseconds interval{0};  // between two anchors
};

struct AnchorPace {
  std::chrono::milliseconds pause{1'000};  // between two looks for something new
  std::chrono::milliseconds backoff_min{1'000}, backoff_max{60'000};
  int alert_after = 3;  // failures in a row
};

class AnchorLoop {
 public:
  // Starts the thread.
  AnchorLoop(AnchorTarget target, const AnchorPace& pace);
  ~AnchorLoop() { Stop(); }
  AnchorLoop(const AnchorLoop&) = delete;
  AnchorLoop& operator=(const AnchorLoop&) = delete;

  // Waits for what is under way.
  void Stop() { loop_.Stop(); }

 private:
  std::chrono::milliseconds Step();
  std::chrono::milliseconds Failed(const absl::Status& status);
  void SetAge();

  // Constant after construction.
  const AnchorTarget target_;
  const AnchorPace pace_;

  // The thread's own.
  int failure_count_ = 0;
  std::optional<std::chrono::steady_clock::time_point> waiting_since_;  // something to be anchored has been there
  std::chrono::steady_clock::time_point due_;
  ops::Backoff backoff_;

  ops::Loop loop_;
};

}  // namespace affidavit::ledger
