// Reading small files. No exceptions.
#pragma once

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

namespace affidavit::config {

// The whole content. INVALID_ARGUMENT, naming the file, when it cannot be read or is over `size_max` bytes.
absl::StatusOr<std::string> ReadFile(const std::string& file, size_t size_max);

// The same for what only its owner and group may use: INVALID_ARGUMENT when others may, or when it is no regular file.
absl::StatusOr<std::string> ReadSecretFile(const std::string& file);

}  // namespace affidavit::config
