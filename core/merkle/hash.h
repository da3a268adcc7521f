// The hashes of an RFC 6962 / RFC 9162 tree over SHA-256. Pure, thread-safe.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/digest.h"

namespace affidavit {

// SHA-256(0x00 || leaf), RFC 6962 section 2.1.
Digest LeafHash(std::string_view leaf);

// SHA-256(0x01 || left || right).
Digest NodeHash(const Digest& left, const Digest& right);

// SHA-256(""): the root of a tree without leaves.
const Digest& EmptyRoot();

// The hash in `bytes`, which come from outside. INVALID_ARGUMENT unless they are 32.
absl::StatusOr<Digest> ParseHash(std::string_view bytes);
absl::StatusOr<std::vector<Digest>> ParseHashes(std::span<const std::string> hashes);

}  // namespace affidavit
