// Which adapters were heard from, noted by calls in memory and written by the ledger's housekeeping once a second, so
// that a call never waits for it. Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "core/base/time.h"
#include "db/connection_pool.h"

namespace affidavit::ledger {

class AdapterRegistry {
 public:
  void Note(const std::string& adapter_id, std::optional<TimePoint> oldest_spooled_receive_time);

  // Writes what was noted since. What fails is forgotten: an adapter calls every few seconds.
  absl::Status Flush(db::ConnectionPool& pool);

 private:
  std::mutex mutex_;
  std::map<std::string, std::optional<TimePoint>> noted_;  // guarded by mutex_
};

}  // namespace affidavit::ledger
