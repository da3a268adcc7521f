// A copy of the log in files, as C2SP tlog-tiles lays them out: checkpoint, tile/<level>/…, tile/entries/…. Whoever has
// it can check the log, and look for what a bundle left out, without us.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "db/connection.h"
#include "db/log_store.h"

namespace affidavit::cli {

struct ExportedLog {
  std::string origin;
  int64_t tree_size = 0;
  int64_t written_count = 0;  // files
};

// Everything below the newest checkpoint. Full tiles and bundles that are there already are kept: a later export writes
// what is new. Each file appears whole; `checkpoint` comes last, so that it never promises more than the folder holds.
// FAILED_PRECONDITION: nothing has been signed, or what the folder holds is no part of this log. DATA_LOSS: what is
// stored does not lead to the signed root.
absl::StatusOr<ExportedLog> ExportLog(db::Connection& connection, const std::string& folder,
                                      const std::function<void(int64_t done, int64_t total)>& show);

}  // namespace affidavit::cli
