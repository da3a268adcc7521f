// SHA-256 and HMAC-SHA256 over OpenSSL. Pure, thread-safe. Algorithms are fetched once a thread: fetching costs more
// than hashing.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace affidavit {

using Digest = std::array<uint8_t, 32>;

inline std::string_view AsBytes(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

Digest Sha256(std::string_view bytes);

// Over the concatenation of `parts`, without making it.
Digest Sha256(std::initializer_list<std::string_view> parts);
Digest HmacSha256(std::string_view key, std::initializer_list<std::string_view> parts);

// False at once for unequal lengths (a length is no secret); equal lengths are compared in constant time.
bool ConstantTimeEqual(std::string_view a, std::string_view b);

}  // namespace affidavit
