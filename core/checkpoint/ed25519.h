// Ed25519 (RFC 8032) over OpenSSL. Keys and signatures are raw bytes: seeds and public keys 32, signatures 64. Pure but
// for the generator, thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace affidavit {

inline constexpr size_t kEd25519KeySize = 32;  // of a seed and of a public key
inline constexpr size_t kEd25519SignatureSize = 64;

// A fresh seed from the system's random generator. INTERNAL when that fails.
absl::StatusOr<std::string> GenerateEd25519Seed();

// INVALID_ARGUMENT unless `seed` has 32 bytes.
absl::StatusOr<std::string> Ed25519PublicKey(std::string_view seed);
absl::StatusOr<std::string> Ed25519Sign(std::string_view seed, std::string_view message);

// False for anything but a valid signature, sizes included.
bool Ed25519Verify(std::string_view public_key, std::string_view message, std::string_view signature);

}  // namespace affidavit
