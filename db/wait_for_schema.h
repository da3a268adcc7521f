// What every service does first: waits for a database that is not in reach yet, and for it to be one that this build
// can work with.
#pragma once

#include <chrono>
#include <functional>

#include "absl/status/status.h"
#include "db/connection.h"

namespace affidavit::db {

// Tries, with backoff and jitter, until the database answers. OK; what CheckSchemaVersion refuses; UNAVAILABLE after
// `wait_max`; CANCELLED when `interrupted` (which waits for up to that long) says that the process is to stop.
// `on_failure` hears why each attempt but the last failed.
absl::Status WaitForSchema(const ConnectionOptions& options, std::chrono::milliseconds wait_max,
                           const std::function<bool(std::chrono::milliseconds)>& interrupted,
                           const std::function<void(const absl::Status&)>& on_failure);

}  // namespace affidavit::db
