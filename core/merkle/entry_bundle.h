// C2SP tlog-tiles entry bundles: up to 256 consecutive leaves, each after its size as 16 bits, big-endian. Pure,
// thread-safe.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace affidavit {

inline constexpr size_t kBundleEntrySizeMax = 65'535;

// INVALID_ARGUMENT when there are more than 256 leaves or one has over 65,535 bytes.
absl::StatusOr<std::string> EncodeEntryBundle(std::span<const std::string> leaves);

// The leaves, as views into `bytes`. INVALID_ARGUMENT unless they are exactly `width` and nothing follows them.
absl::StatusOr<std::vector<std::string_view>> ParseEntryBundle(std::string_view bytes, size_t width);

}  // namespace affidavit
