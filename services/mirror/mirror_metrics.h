// The mirror's numbers for Prometheus. Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "db/mirror_store.h"
#include "services/mirror/copier.h"

namespace affidavit::mirror {

// affidavit_worker_mirror_objects_total{result}, _copy_seconds, _repeated_puts_total.
void CountCopy(const absl::StatusOr<CopiedObject>& copied, std::chrono::steady_clock::duration duration);

// affidavit_worker_mirror_lag_entries, _lag_seconds, _findings.
void SetLag(const db::MirrorProgress& progress);
// For a process that leaves the work to another.
void ClearLag();

// affidavit_worker_mirror_waiting{part}: 1 while `part` ("entries", "log") waits because of an error.
void SetWaiting(const std::string& part, bool is_waiting);

// affidavit_worker_mirror_log_tree_size.
void SetLogTreeSize(int64_t tree_size);

// How long the oldest entry without a copy has waited; 0 when there is none.
std::chrono::seconds LagOf(const db::MirrorProgress& progress);

}  // namespace affidavit::mirror
