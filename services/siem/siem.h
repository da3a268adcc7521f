// Ships what is written to every configured sink: a thread and a database connection each, so that no sink waits for
// another. Thread-safe.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "config/config.h"
#include "db/connection_options.h"
#include "services/siem/shipper.h"

namespace affidavit::siem {

class Siem {
 public:
  // Starts the threads. INVALID_ARGUMENT when a sink's settings make no sense; a sink that is out of reach is no error.
  static absl::StatusOr<std::unique_ptr<Siem>> Start(const std::vector<config::SiemConfig>& sinks,
                                                     const db::ConnectionOptions& database,
                                                     const ShipperPace& pace = {});
  ~Siem() { Stop(); }
  Siem(const Siem&) = delete;
  Siem& operator=(const Siem&) = delete;

  // Ends deliveries under way and waits for the threads: a second or two, and the database's own deadlines. Nothing is
  // lost: what was not acknowledged is sent again.
  void Stop();

 private:
  Siem() = default;
  std::vector<std::unique_ptr<Shipper>> shippers_;
};

}  // namespace affidavit::siem
