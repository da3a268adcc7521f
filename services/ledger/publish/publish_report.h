// What the checkpointer tells logs, metrics and alerts. One thread's world.
#pragma once

#include <chrono>
#include <string>

#include "absl/status/status.h"
#include "core/checkpoint/checkpoint.h"
#include "prometheus/counter.h"
#include "prometheus/gauge.h"

namespace affidavit::ledger {

class PublishReport {
 public:
  PublishReport();

  // After each look: an error is logged when it is another than the last one's, and a rollback raises its alert at once
  // and then every minute.
  void Looked(const absl::Status& status, const std::string& rolled_back);

  // `newest` stands; `is_new`: it was signed by us just now.
  void Published(const Checkpoint& newest, bool is_new);

 private:
  void AlertRolledBack(const std::string& why);

  // Live for ever.
  prometheus::Counter& checkpoints_;
  prometheus::Counter& failures_;
  prometheus::Gauge& tree_size_;
  prometheus::Gauge& timestamp_;
  prometheus::Gauge& rolled_back_;

  std::string last_error_;
  std::string last_rollback_;
  std::chrono::steady_clock::time_point alert_due_;
};

}  // namespace affidavit::ledger
