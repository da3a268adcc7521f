// The log's verifier keys, where a verb that reads the database finds them.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "config/config.h"
#include "core/checkpoint/checkpoint.h"

namespace affidavit::cli {

// Those given (a vkey, or a file with one a line); else of the configuration's key files; else none.
absl::StatusOr<CheckpointPolicy> FindLogKeys(const std::vector<std::string>& given,
                                             const config::SigningConfig& signing);

}  // namespace affidavit::cli
