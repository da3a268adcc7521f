// Who signs checkpoints. An interface, so that the key may live in a KMS or an HSM; the one here keeps it in memory.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "core/checkpoint/key.h"

namespace affidavit {

// Implementations are thread-safe. Sign may block (a KMS is a network away) and must then keep a deadline of its own.
class Signer {
 public:
  virtual ~Signer() = default;
  virtual const VerifierKey& key() const = 0;

  // The signature over `text` in the form of the key's type, without the key id. UNAVAILABLE when it is worth trying
  // again.
  virtual absl::StatusOr<std::string> Sign(std::string_view text) const = 0;
};

class Ed25519Signer final : public Signer {
 public:
  // From the text of ParseSecretKey. INVALID_ARGUMENT unless that is a key of type kEd25519; the message never holds
  // the secret.
  static absl::StatusOr<std::unique_ptr<Ed25519Signer>> FromSecret(std::string_view secret_text);

  ~Ed25519Signer() override;
  Ed25519Signer(const Ed25519Signer&) = delete;
  Ed25519Signer& operator=(const Ed25519Signer&) = delete;

  const VerifierKey& key() const override { return key_; }
  absl::StatusOr<std::string> Sign(std::string_view text) const override;

 private:
  Ed25519Signer(VerifierKey key, std::string seed);

  const VerifierKey key_;
  std::string seed_;  // constant after construction, wiped by the destructor
};

}  // namespace affidavit
