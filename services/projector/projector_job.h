// Keeps the projections up with the log (docs/answers.md). Any number of processes may run one: an advisory lock of
// Postgres decides which folds. Raises schema_changed and schema_drifted (services/projector/notices.h); the rule
// facts_lagging watches affidavit_facts_lag_seconds. Thread-safe.
#pragma once

#include <memory>

#include "db/connection_options.h"
#include "services/projector/options.h"

namespace affidavit::projector {

class ProjectorJob {
 public:
  // Starts the thread; Postgres need not be in reach yet.
  static std::unique_ptr<ProjectorJob> Start(ProjectorOptions options, const db::ConnectionOptions& database);
  virtual ~ProjectorJob() = default;  // stops

  // No step begins after it; waits for the one under way. Free to be called twice.
  virtual void Stop() = 0;

  // False while it waits because of an error.
  virtual bool IsReady() const = 0;
};

}  // namespace affidavit::projector
