#include "core/base/digest.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <cstdlib>
#include <memory>

namespace affidavit {
namespace {

// OpenSSL fails here only when it cannot allocate or has no SHA-256 at all: nothing that a caller could handle.
void Require(bool ok) {
  if (!ok) {
    std::abort();
  }
}

struct Free {
  void operator()(EVP_MD* md) const { EVP_MD_free(md); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(EVP_MAC* mac) const { EVP_MAC_free(mac); }
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};

// One a thread: fetching an algorithm takes locks and costs more than hashing a kilobyte.
struct Algorithms {
  std::unique_ptr<EVP_MD, Free> sha256{EVP_MD_fetch(nullptr, "SHA256", nullptr)};
  std::unique_ptr<EVP_MD_CTX, Free> sha256_context{EVP_MD_CTX_new()};
  std::unique_ptr<EVP_MAC, Free> hmac{EVP_MAC_fetch(nullptr, "HMAC", nullptr)};
  std::unique_ptr<EVP_MAC_CTX, Free> hmac_context;

  Algorithms() {
    Require(sha256 != nullptr && sha256_context != nullptr && hmac != nullptr);
    hmac_context.reset(EVP_MAC_CTX_new(hmac.get()));
    Require(hmac_context != nullptr);
    char name[] = "SHA256";
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
                                 OSSL_PARAM_construct_end()};
    Require(EVP_MAC_CTX_set_params(hmac_context.get(), params) == 1);
  }
};

Algorithms& ThisThread() {
  thread_local Algorithms algorithms;
  return algorithms;
}

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

Digest Sha256(std::string_view bytes) {
  return Sha256({bytes});
}

Digest Sha256(std::initializer_list<std::string_view> parts) {
  Algorithms& algorithms = ThisThread();
  EVP_MD_CTX* context = algorithms.sha256_context.get();
  Require(EVP_DigestInit_ex2(context, algorithms.sha256.get(), nullptr) == 1);
  for (const std::string_view part : parts) {
    Require(EVP_DigestUpdate(context, part.data(), part.size()) == 1);
  }
  Digest digest;
  Require(EVP_DigestFinal_ex(context, digest.data(), nullptr) == 1);
  return digest;
}

Digest HmacSha256(std::string_view key, std::initializer_list<std::string_view> parts) {
  EVP_MAC_CTX* context = ThisThread().hmac_context.get();
  if (key.data() == nullptr) {  // a null key would mean "the key of the last call"
    key = "";
  }
  Require(EVP_MAC_init(context, Bytes(key), key.size(), nullptr) == 1);
  for (const std::string_view part : parts) {
    Require(EVP_MAC_update(context, Bytes(part), part.size()) == 1);
  }
  Digest digest;
  size_t size = 0;
  Require(EVP_MAC_final(context, digest.data(), &size, digest.size()) == 1 && size == digest.size());
  return digest;
}

bool ConstantTimeEqual(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace affidavit
