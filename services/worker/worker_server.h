// The worker process, assembled: the mirror with its protection job, the projector, the timeouts job, the SIEM sinks, a
// private HTTP port. Each part holds an advisory lock of its own, so that any number of workers may run on one
// database. main.cc starts and stops one.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "config/config.h"

namespace affidavit::worker {

// Waits for up to that long; true: the process is to stop.
using Interrupted = std::function<bool(std::chrono::milliseconds)>;

class WorkerServer {
 public:
  // Works when it returns OK; the object store and the sinks need not be in reach. Waits up to `store_wait_max` for a
  // database that is not in reach yet (UNAVAILABLE after; CANCELLED when interrupted). FAILED_PRECONDITION, saying what
  // to do: an older schema, an address that cannot be bound. INVALID_ARGUMENT: settings of the object store, of a
  // sink or of the timeouts that make no sense.
  static absl::StatusOr<std::unique_ptr<WorkerServer>> Start(
      const config::Config& config, const Interrupted& interrupted,
      std::chrono::milliseconds store_wait_max = std::chrono::seconds(30));
  virtual ~WorkerServer() = default;  // waits for what is under way, as long as it takes

  // Not ready, nothing new is begun, and what is under way is finished. False when that takes longer than
  // worker.drain_seconds: the process should then just end, for everything that it did repeats safely.
  virtual bool Stop() = 0;

  virtual int metrics_port() const = 0;
};

}  // namespace affidavit::worker
