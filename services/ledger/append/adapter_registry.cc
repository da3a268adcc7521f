#include "services/ledger/append/adapter_registry.h"

#include "db/state.h"

namespace affidavit::ledger {

void AdapterRegistry::Note(const std::string& adapter_id, std::optional<TimePoint> oldest_spooled_receive_time) {
  const std::lock_guard<std::mutex> lock(mutex_);
  noted_[adapter_id] = oldest_spooled_receive_time;
}

absl::Status AdapterRegistry::Flush(db::ConnectionPool& pool) {
  std::map<std::string, std::optional<TimePoint>> noted;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    noted.swap(noted_);
  }
  if (noted.empty()) {
    return absl::OkStatus();
  }
  // In order of adapter_id (a map's): two ledgers that write the same rows cannot wait for each other in a circle.
  return pool.Transact([&noted](db::Transaction& transaction) {
    for (const auto& [adapter_id, oldest] : noted) {
      db::RecordAdapterSeen(transaction, {.adapter_id = adapter_id, .oldest_spooled_receive_time = oldest});
    }
    return absl::OkStatus();
  });
}

}  // namespace affidavit::ledger
