// Reads through a connection pool, with statuses that StoreError can tell apart.
#pragma once

#include <functional>

#include "absl/status/status.h"
#include "db/connection_pool.h"

namespace affidavit::ledger {

// As pool.Transact, for bodies that only read: a COMMIT of unknown outcome is then just a lost connection
// (UNAVAILABLE), so that DATA_LOSS means what it means to readers: stored bytes do not match their digest.
absl::Status ReadStore(db::ConnectionPool& pool, const std::function<absl::Status(db::Transaction&)>& body);

}  // namespace affidavit::ledger
