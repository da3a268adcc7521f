// Marks silent failures: a send that got no delivery, read or status in time gets an entry `message:status:timeout`
// (docs/answers.md, "Silent failures"), exactly once, whatever crashes and however many workers run: the log knows the
// record by the send's event_id. An advisory lock of Postgres decides which worker does the work, and only saves work.
// Reads the projections, so it never runs ahead of the projector. Thread-safe.
#pragma once

#include <memory>

#include "db/connection_options.h"
#include "services/records/record_client.h"
#include "services/timeouts/options.h"

namespace affidavit::timeouts {

class TimeoutsJob {
 public:
  // Starts the thread; neither Postgres nor the ledger needs to be in reach yet.
  static std::unique_ptr<TimeoutsJob> Start(TimeoutsOptions options, const db::ConnectionOptions& database,
                                            std::unique_ptr<records::RecordClient> ledger);
  virtual ~TimeoutsJob() = default;  // stops

  // No call begins after it; waits for the one under way. Free to be called twice.
  virtual void Stop() = 0;

  // False while it waits because of an error; being held back by an adapter is none.
  virtual bool IsReady() const = 0;
};

}  // namespace affidavit::timeouts
