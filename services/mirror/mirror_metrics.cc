#include "services/mirror/mirror_metrics.h"

#include <algorithm>

#include "ops/metrics.h"

namespace affidavit::mirror {
namespace {

const char* ResultOf(const absl::StatusOr<CopiedObject>& copied) {
  if (copied.ok()) {
    return copied->existed ? "existing" : "copied";
  }
  return absl::IsUnavailable(copied.status()) ? "unavailable" : "refused";
}

void SetLagGauges(int64_t entries, int64_t seconds, int64_t findings) {
  ops::GaugeOf("affidavit_worker_mirror_lag_entries", "Entries that have neither a copy nor a finding.")
      .Set(static_cast<double>(entries));
  ops::GaugeOf("affidavit_worker_mirror_lag_seconds", "How long the oldest entry without a copy has waited.")
      .Set(static_cast<double>(seconds));
  ops::GaugeOf("affidavit_worker_mirror_findings", "Entries that could not be copied and were passed.")
      .Set(static_cast<double>(findings));
}

}  // namespace

void CountCopy(const absl::StatusOr<CopiedObject>& copied, std::chrono::steady_clock::duration duration) {
  ops::CounterOf("affidavit_worker_mirror_objects_total", "Objects brought to the store, by what came of it.",
                 {{"result", ResultOf(copied)}})
      .Increment();
  if (copied.ok() && copied->is_repeat) {
    ops::CounterOf("affidavit_worker_mirror_repeated_puts_total",
                   "Objects put again unseen, because they may have been there and could not be looked at.")
        .Increment();
  }
  ops::HistogramOf("affidavit_worker_mirror_copy_seconds", "Time to copy one object.", ops::LatencyBuckets())
      .Observe(std::chrono::duration<double>(duration).count());
}

void SetLag(const db::MirrorProgress& progress) {
  SetLagGauges(progress.LagEntries(), LagOf(progress).count(), progress.finding_count);
}

void ClearLag() {
  SetLagGauges(0, 0, 0);
}

void SetWaiting(const std::string& part, bool is_waiting) {
  ops::GaugeOf("affidavit_worker_mirror_waiting", "1 while the part waits because of an error.", {{"part", part}})
      .Set(is_waiting ? 1 : 0);
}

void SetLogTreeSize(int64_t tree_size) {
  ops::GaugeOf("affidavit_worker_mirror_log_tree_size", "Entries below the checkpoint that the store holds.")
      .Set(static_cast<double>(tree_size));
}

std::chrono::seconds LagOf(const db::MirrorProgress& progress) {
  if (!progress.waiting_since.has_value()) {
    return std::chrono::seconds(0);
  }
  return std::max(std::chrono::seconds(0),
                  std::chrono::duration_cast<std::chrono::seconds>(progress.database_time - *progress.waiting_since));
}

}  // namespace affidavit::mirror
