// A time-stamp token taken apart, for the timestamp*.cc of this folder. Pure, thread-safe. Any input is safe.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/digest.h"
#include "core/base/time.h"
#include "openssl/evp.h"
#include "openssl/pkcs7.h"
#include "openssl/ts.h"
#include "openssl/x509.h"

namespace affidavit::timestamp {

struct Free {
  void operator()(ASN1_INTEGER* number) const { ASN1_INTEGER_free(number); }
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(PKCS7* token) const { PKCS7_free(token); }
  void operator()(TS_MSG_IMPRINT* imprint) const { TS_MSG_IMPRINT_free(imprint); }
  void operator()(TS_REQ* request) const { TS_REQ_free(request); }
  void operator()(TS_RESP* response) const { TS_RESP_free(response); }
  void operator()(TS_TST_INFO* info) const { TS_TST_INFO_free(info); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(X509_ALGOR* algorithm) const { X509_ALGOR_free(algorithm); }
  void operator()(X509_STORE* store) const { X509_STORE_free(store); }
  void operator()(X509_STORE_CTX* context) const { X509_STORE_CTX_free(context); }
  void operator()(STACK_OF(X509) * certificates) const { sk_X509_free(certificates); }  // not what it holds
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

// libcrypto's error queue belongs to the thread: nothing old gets in, nothing of ours stays.
class ErrorQueue {
 public:
  ErrorQueue();
  ~ErrorQueue();
  ErrorQueue(const ErrorQueue&) = delete;
  ErrorQueue& operator=(const ErrorQueue&) = delete;

  // libcrypto's newest reason, or `otherwise`.
  static std::string Reason(std::string_view otherwise);
};

// The DER of what i2d encodes; empty when it cannot.
template <typename T>
std::string ToDer(int (*i2d)(const T*, unsigned char**), const T* value) {
  unsigned char* bytes = nullptr;
  const int size = i2d(value, &bytes);
  std::string der(reinterpret_cast<const char*>(bytes), size > 0 ? static_cast<size_t>(size) : 0);
  OPENSSL_free(bytes);
  return der;
}

// What d2i makes of all of `bytes`; null when it refuses them or leaves some over.
template <typename T>
Owned<T> FromDer(T* (*d2i)(T**, const unsigned char**, long), std::string_view bytes) {
  const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
  const unsigned char* const end = at + bytes.size();
  Owned<T> value(d2i(nullptr, &at, static_cast<long>(bytes.size())));
  return at == end ? std::move(value) : nullptr;
}

struct Token {
  Owned<PKCS7> pkcs7;       // SignedData with a TSTInfo inside and one signer
  Owned<TS_TST_INFO> info;  // what was signed
  TimePoint generation_time;
};

// INVALID_ARGUMENT unless `pkcs7` has the shape of a token. Says nothing about who signed.
absl::StatusOr<Token> TokenOf(Owned<PKCS7> pkcs7);
absl::StatusOr<Token> ParseToken(std::string_view bytes);

// UNAUTHENTICATED unless the token is over this SHA-256.
absl::Status CheckImprint(TS_TST_INFO* info, const Digest& imprint);

}  // namespace affidavit::timestamp
