// AppendStore over one libpq connection in pipeline mode, binary arrays through unnest. docs/performance.md has the
// numbers.
#pragma once

#include <memory>

#include "db/append_store.h"
#include "db/connection.h"

namespace affidavit::db {

// Connects when first used and again after a lost connection; CheckDurability on each connect.
std::unique_ptr<AppendStore> MakePostgresAppendStore(const ConnectionOptions& options);

}  // namespace affidavit::db
