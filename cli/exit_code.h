// The exit codes of `affidavit` (docs/cli.md) and which error becomes which.
#pragma once

#include "absl/status/status.h"

namespace affidavit::cli {

enum class ExitCode : int {
  kGood = 0,
  kFinding = 1,      // asked and answered, and the answer is not good: no such entry, a mismatch, a refusal
  kUsage = 2,        // the command line, the configuration or a file named by them
  kUnreachable = 3,  // the ledger, the adapter or the database did not answer in time
};

// kUsage for INVALID_ARGUMENT and ALREADY_EXISTS; kUnreachable for what a later try may answer; kFinding for every
// other error.
ExitCode ExitCodeOf(const absl::Status& status);

}  // namespace affidavit::cli
