#include "core/checkpoint/ecdsa.h"

#include <memory>
#include <string>

#include "openssl/evp.h"
#include "openssl/x509.h"

namespace affidavit {
namespace {

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// Null unless IsEcdsaKey.
Key ParseKey(std::string_view public_key) {
  const unsigned char* at = Bytes(public_key);
  Key key(d2i_PUBKEY(nullptr, &at, static_cast<long>(public_key.size())));
  if (key == nullptr || at != Bytes(public_key) + public_key.size() || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_EC) {
    return nullptr;
  }
  char group[32] = {};
  size_t size = 0;
  if (EVP_PKEY_get_group_name(key.get(), group, sizeof(group), &size) != 1) {
    return nullptr;
  }
  const std::string_view name(group, size);
  const bool is_nist = name == "prime256v1" || name == "secp384r1" || name == "secp521r1";
  return is_nist ? std::move(key) : nullptr;
}

}  // namespace

bool IsEcdsaKey(std::string_view public_key) {
  return ParseKey(public_key) != nullptr;
}

bool EcdsaVerify(std::string_view public_key, std::string_view message, std::string_view signature) {
  const Key key = ParseKey(public_key);
  const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  return key != nullptr && context != nullptr &&
         EVP_DigestVerifyInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr, key.get(), nullptr) == 1 &&
         EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(message), message.size()) == 1;
}

}  // namespace affidavit
