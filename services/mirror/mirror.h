// The copy that nobody can delete: follows the log and puts each entry's payload, and the log itself, into the object
// store, under lock. docs/mirror.md. Any number of processes may run one: an advisory lock of Postgres decides which
// does the work. Thread-safe.
#pragma once

#include <memory>

#include "db/connection_options.h"
#include "services/mirror/options.h"
#include "services/objectstore/object_store.h"

namespace affidavit::mirror {

class Mirror {
 public:
  // Starts the threads; neither Postgres nor the store needs to be in reach yet. `store` outlives it.
  static std::unique_ptr<Mirror> Start(MirrorOptions options, const db::ConnectionOptions& database,
                                       objectstore::ObjectStore* store);
  virtual ~Mirror() = default;  // stops

  // No request begins after it; waits for those under way, each of which ends by the store's own deadline, and writes
  // the receipts of what is done. Free to be called twice.
  virtual void Stop() = 0;

  // False while the walk or the log's copy waits because of an error (store or Postgres out of reach, credentials). A
  // mirror that leaves the work to another process is ready.
  virtual bool IsReady() const = 0;
};

}  // namespace affidavit::mirror
