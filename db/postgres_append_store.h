// AppendStore over one libpq connection in pipeline mode, binary arrays through unnest. docs/performance.md has the
// numbers.
#pragma once

#include <memory>

#include "db/append_store.h"
#include "db/connection.h"
#include "db/log_edge.h"

namespace affidavit::db {

// Connects when first used and again after a lost connection; CheckDurability on each connect. `edge`: one for all
// stores of the process.
std::unique_ptr<AppendStore> MakePostgresAppendStore(const ConnectionOptions& options,
                                                     std::shared_ptr<LogEdge> edge = std::make_shared<LogEdge>());

}  // namespace affidavit::db
