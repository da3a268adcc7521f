// Files that a verb reads or makes.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace affidavit::cli {

// INVALID_ARGUMENT, naming the file and why, when it cannot be read whole.
absl::StatusOr<std::string> ReadFile(const std::string& path);

// Makes `path` with mode 0600, whatever the umask, and returns once file and name are on the disk. Never replaces or
// follows anything: ALREADY_EXISTS. INVALID_ARGUMENT when the folder is missing or not ours. On any error nothing is
// left behind.
absl::Status WriteSecretFile(const std::string& path, std::string_view content);

}  // namespace affidavit::cli
