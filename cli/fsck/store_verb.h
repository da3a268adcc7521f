// `affidavit fsck --store`: the check of the object store, and what is said of it.
#pragma once

#include "absl/status/statusor.h"
#include "cli/fsck/store_check.h"
#include "cli/session.h"

namespace affidavit::cli {

// The store is the configuration's. INVALID_ARGUMENT without one.
absl::StatusOr<ExitCode> FsckStore(Session& session, db::Connection& connection, const StoreCheckOptions& options);

}  // namespace affidavit::cli
