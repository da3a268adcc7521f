#include "core/checkpoint/key.h"

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/base/digest.h"
#include "core/base/encoding.h"
#include "core/base/status_macros.h"
#include "core/base/text.h"
#include "core/checkpoint/ecdsa.h"
#include "core/checkpoint/ed25519.h"

namespace affidavit {
namespace {

constexpr std::string_view kSecretPrefix = "PRIVATE+KEY+";

// Unicode's White_Space characters beyond ASCII, in UTF-8; U+2000 to U+200A are tested as a range.
constexpr std::string_view kUnicodeSpaces[] = {"\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\xA8",
                                               "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80"};

bool HasUnicodeSpace(std::string_view text) {
  for (const std::string_view space : kUnicodeSpaces) {
    if (text.find(space) != std::string_view::npos) {
      return true;
    }
  }
  for (size_t at = text.find("\xE2\x80"); at != std::string_view::npos; at = text.find("\xE2\x80", at + 1)) {
    // In UTF-8 the third byte is 0x80 or more, so one comparison is enough for U+2000 to U+200A.
    if (at + 2 < text.size() && static_cast<unsigned char>(text[at + 2]) <= 0x8A) {
      return true;
    }
  }
  return false;
}

std::string IdHex(uint32_t id) {
  return absl::StrCat(absl::Hex(id, absl::kZeroPad8));
}

bool IsEd25519(KeyType type) {
  return type == KeyType::kEd25519 || type == KeyType::kCosignatureV1;
}

// The three parts that a vkey and a secret share, taken apart but not yet judged against each other.
struct KeyParts {
  std::string name;
  std::string id_hex;
  KeyType type;
  std::string material;
};

absl::StatusOr<KeyParts> SplitKey(std::string_view text) {
  const size_t name_end = text.find('+');
  const size_t id_end = name_end == std::string_view::npos ? name_end : text.find('+', name_end + 1);
  if (id_end == std::string_view::npos) {
    return absl::InvalidArgumentError("not a note key: expected <name>+<key id>+<base64>");
  }
  const std::string_view name = text.substr(0, name_end);
  const std::string_view id_hex = text.substr(name_end + 1, id_end - name_end - 1);
  const std::optional<std::string> data = Base64Decode(text.substr(id_end + 1));
  if (!IsKeyName(name) || id_hex.size() != 8 || !HexDecode(id_hex).has_value() || !data.has_value() ||
      data->size() < 2) {
    return absl::InvalidArgumentError("not a note key: its name, key id or base64 is malformed");
  }
  return KeyParts{std::string(name), std::string(id_hex), static_cast<KeyType>(data->front()), data->substr(1)};
}

std::string JoinKey(const std::string& name, uint32_t id, KeyType type, const std::string& material) {
  return absl::StrCat(name, "+", IdHex(id), "+", Base64Encode(static_cast<char>(type) + material));
}

absl::Status CheckMaterial(KeyType type, std::string_view material) {
  if (IsEd25519(type) && material.size() != kEd25519KeySize) {
    return absl::InvalidArgumentError("not a note key: an Ed25519 key has 32 bytes");
  }
  if (type == KeyType::kEcdsa && !IsEcdsaKey(material)) {
    return absl::InvalidArgumentError("not a note key: no ECDSA key on a NIST curve");
  }
  return absl::OkStatus();
}

absl::Status WrongId(std::string_view name) {
  return absl::InvalidArgumentError("the key id of note key " + std::string(name) + " is not the one of its key");
}

}  // namespace

bool IsKeyName(std::string_view name) {
  if (name.empty() || !IsUtf8(name)) {
    return false;
  }
  for (const char c : name) {
    if (static_cast<unsigned char>(c) <= ' ' || c == '+') {
      return false;
    }
  }
  return !HasUnicodeSpace(name);
}

uint32_t NoteKeyId(std::string_view name, KeyType type, std::string_view public_key) {
  const char type_byte = static_cast<char>(type);
  const Digest digest =
      type == KeyType::kEcdsa ? Sha256(public_key) : Sha256({name, "\n", std::string_view(&type_byte, 1), public_key});
  return uint32_t{digest[0]} << 24 | uint32_t{digest[1]} << 16 | uint32_t{digest[2]} << 8 | uint32_t{digest[3]};
}

absl::StatusOr<VerifierKey> ParseVerifierKey(std::string_view vkey) {
  ASSIGN_OR_RETURN(KeyParts parts, SplitKey(vkey));
  if (!IsEd25519(parts.type) && parts.type != KeyType::kEcdsa) {
    return absl::UnimplementedError(absl::StrCat(
        "note key ", parts.name, " has a signature type that is not supported: ", static_cast<int>(parts.type)));
  }
  RETURN_IF_ERROR(CheckMaterial(parts.type, parts.material));
  const uint32_t id = NoteKeyId(parts.name, parts.type, parts.material);
  if (IdHex(id) != parts.id_hex) {
    return WrongId(parts.name);
  }
  return VerifierKey{std::move(parts.name), id, parts.type, std::move(parts.material)};
}

std::string FormatVerifierKey(const VerifierKey& key) {
  return JoinKey(key.name, key.id, key.type, key.public_key);
}

absl::StatusOr<SecretKey> ParseSecretKey(std::string_view text) {
  if (text.ends_with('\n')) {
    text.remove_suffix(1);
  }
  if (!text.starts_with(kSecretPrefix)) {
    return absl::InvalidArgumentError("not a secret note key: expected PRIVATE+KEY+<name>+<key id>+<base64>");
  }
  text.remove_prefix(kSecretPrefix.size());
  ASSIGN_OR_RETURN(KeyParts parts, SplitKey(text));
  if (!IsEd25519(parts.type)) {
    return absl::UnimplementedError("a secret note key has a signature type that is not supported");
  }
  RETURN_IF_ERROR(CheckMaterial(parts.type, parts.material));
  SecretKey key{std::move(parts.name), 0, parts.type, std::move(parts.material)};
  ASSIGN_OR_RETURN(const VerifierKey verifier, VerifierKeyOf(key));
  if (IdHex(verifier.id) != parts.id_hex) {
    return WrongId(key.name);
  }
  key.id = verifier.id;
  return key;
}

std::string FormatSecretKey(const SecretKey& key) {
  return std::string(kSecretPrefix) + JoinKey(key.name, key.id, key.type, key.seed);
}

absl::StatusOr<VerifierKey> VerifierKeyOf(const SecretKey& key) {
  ASSIGN_OR_RETURN(std::string public_key, Ed25519PublicKey(key.seed));
  const uint32_t id = NoteKeyId(key.name, key.type, public_key);
  return VerifierKey{key.name, id, key.type, std::move(public_key)};
}

absl::StatusOr<KeyPairText> GenerateEd25519Key(std::string_view name, KeyType type) {
  if (!IsKeyName(name)) {
    return absl::InvalidArgumentError("a key name is not empty and has no spaces, no control characters and no '+'");
  }
  if (!IsEd25519(type)) {
    return absl::InvalidArgumentError("only Ed25519 keys are made here");
  }
  ASSIGN_OR_RETURN(std::string seed, GenerateEd25519Seed());
  SecretKey key{std::string(name), 0, type, std::move(seed)};
  ASSIGN_OR_RETURN(const VerifierKey verifier, VerifierKeyOf(key));
  key.id = verifier.id;
  return KeyPairText{FormatSecretKey(key), FormatVerifierKey(verifier)};
}

}  // namespace affidavit
