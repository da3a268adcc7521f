#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/checkpoint/cosignature.h"
#include "core/checkpoint/ecdsa.h"
#include "core/checkpoint/ed25519.h"
#include "core/checkpoint/note.h"

namespace affidavit {
namespace {

// The one key with this name and id; nothing when it is unknown. The same key given twice is still one key.
absl::StatusOr<const VerifierKey*> FindKey(const NoteSignature& signature, std::span<const VerifierKey> keys) {
  const VerifierKey* found = nullptr;
  for (const VerifierKey& key : keys) {
    if (key.name != signature.name || key.id != signature.key_id) {
      continue;
    }
    if (found != nullptr && *found != key) {
      return absl::InvalidArgumentError("two of the given keys share the name " + key.name + " and their id");
    }
    found = &key;
  }
  return found;
}

}  // namespace

absl::StatusOr<VerifiedSignature> VerifySignature(std::string_view text, const NoteSignature& signature,
                                                  const VerifierKey& key) {
  bool good = false;
  VerifiedSignature verified{.key = key};
  switch (key.type) {
    case KeyType::kEd25519:
      good = Ed25519Verify(key.public_key, text, signature.signature);
      break;
    case KeyType::kEcdsa:
      good = EcdsaVerify(key.public_key, text, signature.signature);
      break;
    case KeyType::kCosignatureV1:
      verified.cosign_time = VerifyCosignature(key.public_key, text, signature.signature);
      good = verified.cosign_time.has_value();
      break;
  }
  if (!good) {
    return absl::UnauthenticatedError("the signature of key " + key.name + " is not valid");
  }
  return verified;
}

absl::StatusOr<std::vector<VerifiedSignature>> VerifyNote(const Note& note, std::span<const VerifierKey> keys) {
  std::vector<VerifiedSignature> verified;
  for (const NoteSignature& signature : note.signatures) {
    ASSIGN_OR_RETURN(const VerifierKey* key, FindKey(signature, keys));
    if (key == nullptr) {
      continue;
    }
    ASSIGN_OR_RETURN(VerifiedSignature good, VerifySignature(note.text, signature, *key));
    const bool is_repeat = std::any_of(verified.begin(), verified.end(),
                                       [&](const VerifiedSignature& earlier) { return earlier.key == good.key; });
    if (!is_repeat) {
      verified.push_back(std::move(good));
    }
  }
  return verified;
}

}  // namespace affidavit
