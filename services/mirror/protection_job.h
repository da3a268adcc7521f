// Brings objects that were copied before a governance act up to it: longer locks, holds set, and holds lifted once the
// last one that binds the object is released. docs/governance.md. Any number of processes may run one: an advisory lock
// of Postgres decides which does the work. Thread-safe.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "db/connection_options.h"
#include "services/objectstore/object_store.h"

namespace affidavit::mirror {

struct ProtectionJobOptions {
  std::string worker_id = "worker-1";
  int concurrency = 8;  // requests under way
  std::chrono::milliseconds poll_interval{1'000};
  std::chrono::milliseconds backoff_min{500}, backoff_max{30'000};
  std::chrono::seconds retry_interval{300};  // of objects that were passed
};

class ProtectionJob {
 public:
  // Starts the thread; neither Postgres nor the store needs to be in reach yet. `store` outlives it.
  static std::unique_ptr<ProtectionJob> Start(ProtectionJobOptions options, const db::ConnectionOptions& database,
                                              objectstore::ObjectStore* store);
  virtual ~ProtectionJob() = default;  // stops

  // No request begins after it; waits for those under way. Free to be called twice.
  virtual void Stop() = 0;

  // False while it waits because of an error.
  virtual bool IsReady() const = 0;
};

}  // namespace affidavit::mirror
