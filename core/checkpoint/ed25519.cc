#include "core/checkpoint/ed25519.h"

#include <memory>

#include "absl/status/status.h"
#include "openssl/evp.h"

namespace affidavit {
namespace {

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;
using Context = std::unique_ptr<EVP_MD_CTX, Free>;

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

absl::StatusOr<Key> PrivateKey(std::string_view seed) {
  if (seed.size() != kEd25519KeySize) {
    return absl::InvalidArgumentError("an Ed25519 secret key has 32 bytes");
  }
  Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, Bytes(seed), seed.size()));
  if (key == nullptr) {
    return absl::InternalError("OpenSSL refused an Ed25519 secret key");
  }
  return key;
}

}  // namespace

absl::StatusOr<std::string> GenerateEd25519Seed() {
  const Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  std::string seed(kEd25519KeySize, '\0');
  size_t size = seed.size();
  if (key == nullptr ||
      EVP_PKEY_get_raw_private_key(key.get(), reinterpret_cast<unsigned char*>(seed.data()), &size) != 1) {
    return absl::InternalError("OpenSSL could not make an Ed25519 key");
  }
  return seed;
}

absl::StatusOr<std::string> Ed25519PublicKey(std::string_view seed) {
  absl::StatusOr<Key> key = PrivateKey(seed);
  if (!key.ok()) {
    return key.status();
  }
  std::string public_key(kEd25519KeySize, '\0');
  size_t size = public_key.size();
  if (EVP_PKEY_get_raw_public_key(key->get(), reinterpret_cast<unsigned char*>(public_key.data()), &size) != 1) {
    return absl::InternalError("OpenSSL could not derive an Ed25519 public key");
  }
  return public_key;
}

absl::StatusOr<std::string> Ed25519Sign(std::string_view seed, std::string_view message) {
  absl::StatusOr<Key> key = PrivateKey(seed);
  if (!key.ok()) {
    return key.status();
  }
  const Context context(EVP_MD_CTX_new());
  std::string signature(kEd25519SignatureSize, '\0');
  size_t size = signature.size();
  if (context == nullptr || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key->get()) != 1 ||
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, Bytes(message),
                     message.size()) != 1) {
    return absl::InternalError("OpenSSL could not make an Ed25519 signature");
  }
  return signature;
}

bool Ed25519Verify(std::string_view public_key, std::string_view message, std::string_view signature) {
  if (public_key.size() != kEd25519KeySize || signature.size() != kEd25519SignatureSize) {
    return false;
  }
  const Key key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Bytes(public_key), public_key.size()));
  const Context context(EVP_MD_CTX_new());
  return key != nullptr && context != nullptr &&
         EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(message), message.size()) == 1;
}

}  // namespace affidavit
