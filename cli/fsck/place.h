// Where an interrupted fsck goes on: a small file, replaced as a whole, for a run without findings so far.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/time.h"

namespace affidavit::cli {

struct Place {
  int64_t next = 0;  // leaf_index
  std::string root;  // 32 bytes: of the tree below `next`, as it was when that was checked
  int64_t disposed_count = 0;
  int64_t checkpoint_count = 0;
  TimePoint start_time;  // of the pass, by the database's clock
};

// Nothing when `path` is empty, or there is no such file. INVALID_ARGUMENT when it is something else.
absl::StatusOr<std::optional<Place>> ReadPlace(const std::string& path);
absl::Status WritePlace(const std::string& path, const Place& place);
void ForgetPlace(const std::string& path);

}  // namespace affidavit::cli
