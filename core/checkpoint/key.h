// Note keys in text form, C2SP signed-note: the public half (vkey) and the secret half as golang.org/x/mod/sumdb/note
// writes it.
//   vkey    <name>+<key id, 8 lower-case hex digits>+<base64(type byte || public key)>
//   secret  PRIVATE+KEY+<name>+<key id>+<base64(type byte || 32-byte seed)>
// Pure but for GenerateEd25519Key, thread-safe. No error text ever holds a secret, nor a text that might be one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace affidavit {

// The signature type byte of C2SP signed-note.
enum class KeyType : uint8_t {
  kEd25519 = 0x01,        // signs the note's text
  kEcdsa = 0x02,          // other people's logs; verified, never made here
  kCosignatureV1 = 0x04,  // Ed25519 over time and text, C2SP tlog-cosignature
};

// REQUIRES of a name: IsKeyName.
struct VerifierKey {
  std::string name;
  uint32_t id = 0;
  KeyType type = KeyType::kEd25519;
  std::string public_key;  // Ed25519: 32 bytes; ECDSA: DER of the SubjectPublicKeyInfo

  bool operator==(const VerifierKey&) const = default;
};

struct SecretKey {
  std::string name;
  uint32_t id = 0;
  KeyType type = KeyType::kEd25519;  // kEd25519 or kCosignatureV1
  std::string seed;                  // 32 bytes; never logged
};

// True iff `name` is UTF-8, not empty, and without Unicode spaces, '+' and control characters.
bool IsKeyName(std::string_view name);

// The first four bytes, big-endian, of SHA-256(name || 0x0A || type || public key); of SHA-256(public key) for ECDSA.
uint32_t NoteKeyId(std::string_view name, KeyType type, std::string_view public_key);

// INVALID_ARGUMENT unless `vkey` is well-formed and its id is the key's own; UNIMPLEMENTED for other signature types.
absl::StatusOr<VerifierKey> ParseVerifierKey(std::string_view vkey);
std::string FormatVerifierKey(const VerifierKey& key);

// One trailing line end is allowed, as the text is usually a file. INVALID_ARGUMENT as above.
absl::StatusOr<SecretKey> ParseSecretKey(std::string_view text);
std::string FormatSecretKey(const SecretKey& key);

// The public half. INVALID_ARGUMENT unless the seed has 32 bytes.
absl::StatusOr<VerifierKey> VerifierKeyOf(const SecretKey& key);

struct KeyPairText {
  std::string secret;  // no line end; belongs in a file of mode 0600
  std::string vkey;    // no line end; to be published
};

// A fresh pair. INVALID_ARGUMENT unless IsKeyName(name) and the type is an Ed25519 one.
absl::StatusOr<KeyPairText> GenerateEd25519Key(std::string_view name, KeyType type = KeyType::kEd25519);

}  // namespace affidavit
