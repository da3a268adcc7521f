#include "services/ledger/publish/publish_report.h"

#include "core/base/time.h"
#include "ops/alerts.h"
#include "ops/log.h"
#include "ops/metrics.h"

namespace affidavit::ledger {
namespace {

constexpr std::chrono::minutes kAlertPeriod{1};

}  // namespace

PublishReport::PublishReport()
    : checkpoints_(ops::CounterOf("affidavit_ledger_checkpoints_total", "Checkpoints signed by this process.")),
      failures_(ops::CounterOf("affidavit_ledger_checkpoint_failures_total",
                               "Looks at the log that ended in an error: nothing could be signed.")),
      tree_size_(ops::GaugeOf("affidavit_ledger_checkpoint_tree_size", "Entries under the newest checkpoint.")),
      timestamp_(ops::GaugeOf("affidavit_ledger_checkpoint_timestamp_seconds",
                              "When this process first saw the newest checkpoint.")),
      rolled_back_(ops::GaugeOf("affidavit_ledger_log_rolled_back",
                                "1 while the database does not extend what was signed: nothing is appended.")) {}

void PublishReport::Looked(const absl::Status& status, const std::string& rolled_back) {
  if (!status.ok()) {
    failures_.Increment();
    if (last_error_ != status.message()) {
      ops::LogError("no checkpoint signed",
                    {{"code", absl::StatusCodeToString(status.code())}, {"why", std::string(status.message())}});
    }
    last_error_ = std::string(status.message());
    return;
  }
  if (!last_error_.empty()) {
    ops::LogInfo("checkpoints can be signed again");
    last_error_.clear();
  }
  rolled_back_.Set(rolled_back.empty() ? 0 : 1);
  if (!rolled_back.empty()) {
    AlertRolledBack(rolled_back);
  } else if (!last_rollback_.empty()) {
    ops::LogInfo("the log goes on in a new incarnation");
  }
  last_rollback_ = rolled_back;
}

void PublishReport::AlertRolledBack(const std::string& why) {
  const auto now = std::chrono::steady_clock::now();
  if (last_rollback_ == why && now < alert_due_) {
    return;
  }
  alert_due_ = now + kAlertPeriod;
  ops::RaiseAlert(ops::kAlertLogRolledBack, {{"why", why}, {"what_to_do", "run `affidavit recover`"}});
}

void PublishReport::Published(const Checkpoint& newest, bool is_new) {
  if (is_new) {
    checkpoints_.Increment();
  }
  const auto tree_size = static_cast<double>(newest.tree_size);
  if (is_new || tree_size_.Value() != tree_size) {
    timestamp_.Set(std::chrono::duration<double>(SystemClock().WallNow().time_since_epoch()).count());
  }
  tree_size_.Set(tree_size);
}

}  // namespace affidavit::ledger
