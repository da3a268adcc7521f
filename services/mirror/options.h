// What a mirror is told, as plain values.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/time.h"
#include "core/envelope/leaf.h"

namespace affidavit::mirror {

struct Protection {
  TimePoint retain_until;
  bool legal_hold = false;
};

struct EntryToProtect {
  int64_t leaf_index = 0;
  const LeafFields* fields = nullptr;
  std::string_view payload;
};

// One Protection for each of `entries`, in their order. It must regard every governance entry below the last of their
// leaf_indexes: then a hold whose entry has index H binds all that follow it, and whoever places it needs to look only
// at what has a receipt once the mirror's cursor is beyond H. Called from the mirror's threads, one call at a time for
// new entries and one for findings. An error makes the walk wait.
using ProtectEntries = std::function<absl::StatusOr<std::vector<Protection>>(std::span<const EntryToProtect> entries)>;

struct MirrorOptions {
  std::string worker_id = "worker-1";
  bool verify_existing = true;  // look before a PUT that may be a repeat; off for a write-only role
  int concurrency = 8;          // PUTs under way
  std::chrono::milliseconds poll_interval{1'000};
  std::chrono::milliseconds log_interval{60'000};
  std::chrono::milliseconds kept_checkpoint_interval{3'600'000};  // of log/checkpoints/<size>
  std::chrono::milliseconds sweep_interval{300'000};
  std::chrono::seconds lag_alert{3'600};
  std::chrono::milliseconds backoff_min{500}, backoff_max{30'000};
  // How long a PUT of a worker that died may still take effect: who takes over looks at the store only then. For stores
  // that ignore If-None-Match; the others refuse the second PUT anyway.
  std::chrono::milliseconds takeover_pause{2'000};
  int window_count_max = 256;  // entries at a time
  int64_t window_bytes_max = 16 << 20;
  int finding_count_max = 1'000;  // that many at once are no bad objects but a bad store: the walk waits
  ProtectEntries protect;         // empty: what the leaf says, no hold
};

}  // namespace affidavit::mirror
