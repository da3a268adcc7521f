#include "core/checkpoint/signer.h"

#include <utility>

#include "absl/status/status.h"
#include "core/base/status_macros.h"
#include "core/checkpoint/ed25519.h"
#include "openssl/crypto.h"

namespace affidavit {

absl::StatusOr<std::unique_ptr<Ed25519Signer>> Ed25519Signer::FromSecret(std::string_view secret_text) {
  ASSIGN_OR_RETURN(SecretKey secret, ParseSecretKey(secret_text));
  if (secret.type != KeyType::kEd25519) {
    return absl::InvalidArgumentError("note key " + secret.name +
                                      " makes cosignatures; a log signs with a plain Ed25519 key");
  }
  ASSIGN_OR_RETURN(VerifierKey key, VerifierKeyOf(secret));
  return std::unique_ptr<Ed25519Signer>(new Ed25519Signer(std::move(key), std::move(secret.seed)));
}

Ed25519Signer::Ed25519Signer(VerifierKey key, std::string seed) : key_(std::move(key)), seed_(std::move(seed)) {}

Ed25519Signer::~Ed25519Signer() {
  OPENSSL_cleanse(seed_.data(), seed_.size());
}

absl::StatusOr<std::string> Ed25519Signer::Sign(std::string_view text) const {
  return Ed25519Sign(seed_, text);
}

}  // namespace affidavit
