// The ledger process, assembled: append lanes, query pool, gRPC server, private HTTP port, housekeeping. main.cc starts
// and stops one; tests run several in one process on one database.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "config/config.h"

namespace affidavit::ledger {

// Waits for up to that long; true: the process is to stop.
using Interrupted = std::function<bool(std::chrono::milliseconds)>;

class LedgerServer {
 public:
  // Serves when it returns OK. Waits up to `store_wait_max` for a database that is not in reach yet (UNAVAILABLE after;
  // CANCELLED when interrupted). FAILED_PRECONDITION, saying what to do: an older schema, a server that loses commits,
  // an address that needs TLS or cannot be bound.
  static absl::StatusOr<std::unique_ptr<LedgerServer>> Start(
      const config::Config& config, const Interrupted& interrupted,
      std::chrono::milliseconds store_wait_max = std::chrono::seconds(30));
  virtual ~LedgerServer() = default;  // stops without draining unless Stop was called

  // Not ready, no new calls, what is in flight is finished within ledger.drain_seconds.
  virtual void Stop() = 0;

  virtual const std::string& listen() const = 0;  // "127.0.0.1:7443" with the port that was bound, or "unix:/path"
  virtual int metrics_port() const = 0;
};

}  // namespace affidavit::ledger
