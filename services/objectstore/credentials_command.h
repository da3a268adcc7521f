// A command that prints credentials (an AWS credential_process), run with a deadline.
#pragma once

#include <chrono>
#include <string>

#include "absl/status/statusor.h"

namespace affidavit::objectstore {

// What `command`, run by /bin/sh, prints. UNAVAILABLE when it fails, prints more than 64 KiB or has not ended after
// `timeout` (its process group is killed then). What it writes to its error output is thrown away: nobody knows what
// is in it.
absl::StatusOr<std::string> RunCredentialsCommand(const std::string& command, std::chrono::milliseconds timeout);

}  // namespace affidavit::objectstore
