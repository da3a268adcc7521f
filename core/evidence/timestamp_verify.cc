// The checks of a token's signature. libcrypto decides whether the right key signed the right bytes; what it leaves
// unlooked at (it would accept any bit there) is checked here, so that a token has one form only.
#include <chrono>
#include <set>
#include <utility>
#include <vector>

#include "core/base/status_macros.h"
#include "core/base/text.h"
#include "core/evidence/timestamp.h"
#include "core/evidence/timestamp_token.h"
#include "openssl/err.h"
#include "openssl/objects.h"
#include "openssl/pem.h"
#include "openssl/x509_vfy.h"
#include "openssl/x509v3.h"

namespace affidavit {

using timestamp::ErrorQueue;
using timestamp::Owned;
using timestamp::ToDer;
using timestamp::Token;

namespace {

constexpr size_t kCaBytesMax = 4 << 20;  // the system's whole bundle has a quarter of a megabyte
constexpr int kSecurityLevel = 2;        // 112 bits: RSA from 2048 on, no SHA-1

absl::Status Refused(std::string_view why) {
  return absl::UnauthenticatedError(Concat({"the time-stamp is not trusted: ", why}));
}

// The roots, with the time at which certificates are judged.
absl::StatusOr<Owned<X509_STORE>> MakeStore(std::string_view ca_pem, TimePoint time) {
  const Owned<BIO> bio(ca_pem.size() > kCaBytesMax ? nullptr
                                                   : BIO_new_mem_buf(ca_pem.data(), static_cast<int>(ca_pem.size())));
  Owned<X509_STORE> store(X509_STORE_new());
  if (bio == nullptr || store == nullptr) {
    return absl::InvalidArgumentError("the authority's certificates cannot be read");
  }
  int count = 0;
  while (const Owned<X509> root{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) {
    if (X509_STORE_add_cert(store.get(), root.get()) != 1) {
      return absl::InvalidArgumentError("one of the authority's certificates cannot be used");
    }
    ++count;
  }
  if (count == 0 || ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
    return absl::InvalidArgumentError("the authority's certificates are no PEM file of certificates");
  }
  ERR_clear_error();  // the reader's way to say that the file ended
  X509_VERIFY_PARAM* rules = X509_STORE_get0_param(store.get());
  X509_VERIFY_PARAM_set_time(rules, std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count());
  X509_VERIFY_PARAM_set_auth_level(rules, kSecurityLevel);
  return store;
}

const PKCS7_SIGNER_INFO* SignerOf(const Token& token) {
  return sk_PKCS7_SIGNER_INFO_value(token.pkcs7->d.sign->signer_info, 0);
}

using Certificates = std::set<std::string>;  // DER

// The signer's certificate and those above it.
absl::StatusOr<Certificates> VerifyChain(const Token& token, X509_STORE* store) {
  const Owned<STACK_OF(X509)> signers(PKCS7_get0_signers(token.pkcs7.get(), nullptr, 0));
  if (signers == nullptr || sk_X509_num(signers.get()) != 1) {
    return Refused("the signer's certificate is not in it");
  }
  const Owned<X509_STORE_CTX> context(X509_STORE_CTX_new());
  if (context == nullptr ||
      X509_STORE_CTX_init(context.get(), store, sk_X509_value(signers.get(), 0), token.pkcs7->d.sign->cert) != 1 ||
      X509_STORE_CTX_set_purpose(context.get(), X509_PURPOSE_TIMESTAMP_SIGN) != 1) {
    return absl::InternalError("OpenSSL could not check a certificate");
  }
  if (X509_verify_cert(context.get()) != 1) {
    return Refused(X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get())));
  }
  Certificates chain;
  const STACK_OF(X509)* certificates = X509_STORE_CTX_get0_chain(context.get());
  for (int i = 0; i < sk_X509_num(certificates); ++i) {
    chain.insert(ToDer(i2d_X509, static_cast<const X509*>(sk_X509_value(certificates, i))));
  }
  return chain;
}

bool HasNoParameters(const X509_ALGOR* algorithm) {
  int type = V_ASN1_UNDEF;
  X509_ALGOR_get0(nullptr, &type, nullptr, algorithm);
  return type == V_ASN1_UNDEF || type == V_ASN1_NULL;
}

int NidOf(const X509_ALGOR* algorithm) {
  const ASN1_OBJECT* object = nullptr;
  X509_ALGOR_get0(&object, nullptr, nullptr, algorithm);
  return OBJ_obj2nid(object);
}

// The algorithms that the token names, which libcrypto largely does not look at, are those that were used.
absl::Status CheckAlgorithms(const Token& token) {
  const PKCS7_SIGNER_INFO* signer = SignerOf(token);
  const STACK_OF(X509_ALGOR)* digests = token.pkcs7->d.sign->md_algs;
  const int digest = NidOf(signer->digest_alg);
  if (digest != NID_sha256 && digest != NID_sha384 && digest != NID_sha512) {
    return Refused("its digest is none of SHA-256, SHA-384 and SHA-512");
  }
  if (sk_X509_ALGOR_num(digests) != 1 || NidOf(sk_X509_ALGOR_value(digests, 0)) != digest ||
      !HasNoParameters(sk_X509_ALGOR_value(digests, 0)) || !HasNoParameters(signer->digest_alg)) {
    return Refused("its digest algorithms disagree");
  }
  const Owned<STACK_OF(X509)> signers(PKCS7_get0_signers(token.pkcs7.get(), nullptr, 0));
  const EVP_PKEY* key = X509_get0_pubkey(sk_X509_value(signers.get(), 0));
  const int key_type = key == nullptr ? NID_undef : EVP_PKEY_get_base_id(key);
  const int named = NidOf(signer->digest_enc_alg);
  int used_digest = digest;
  int used_key = named;  // "rsaEncryption" names the key alone
  if (named != key_type) {
    OBJ_find_sigid_algs(named, &used_digest, &used_key);
  }
  if (used_digest != digest || used_key != key_type || !HasNoParameters(signer->digest_enc_alg)) {
    return Refused("its signature algorithm is not the signer's");
  }
  return absl::OkStatus();
}

// Nothing is in it that no signature covers.
absl::Status CheckNothingUnsigned(const Token& token, const Certificates& chain) {
  const PKCS7_SIGNED* data = token.pkcs7->d.sign;
  const PKCS7_SIGNER_INFO* signer = SignerOf(token);
  // libcrypto compares names without case.
  const Owned<STACK_OF(X509)> signers(PKCS7_get0_signers(token.pkcs7.get(), nullptr, 0));
  const X509_NAME* issuer = X509_get_issuer_name(sk_X509_value(signers.get(), 0));
  if (ToDer(i2d_X509_NAME, issuer) !=
      ToDer(i2d_X509_NAME, static_cast<const X509_NAME*>(signer->issuer_and_serial->issuer))) {
    return Refused("it names its signer's issuer otherwise than the certificate does");
  }
  if (ASN1_INTEGER_get(data->version) != 3 || ASN1_INTEGER_get(signer->version) != 1) {
    return Refused("its versions are not those of a time-stamp token");
  }
  if (signer->unauth_attr != nullptr || data->crl != nullptr) {
    return Refused("it holds unsigned attributes or revocation lists");
  }
  Certificates seen;
  for (int i = 0; i < sk_X509_num(data->cert); ++i) {
    const std::string der = ToDer(i2d_X509, static_cast<const X509*>(sk_X509_value(data->cert, i)));
    if (!chain.contains(der) || !seen.insert(der).second) {
      return Refused("it holds a certificate that its signature does not need");
    }
  }
  return absl::OkStatus();
}

// The token, its signature verified, and the chain of the signer's certificate.
struct Verified {
  Token token;
  Certificates chain;
};

absl::StatusOr<Verified> VerifySignature(std::string_view bytes, const Digest& imprint, std::string_view ca_pem) {
  Verified verified;
  ASSIGN_OR_RETURN(verified.token, timestamp::ParseToken(bytes));
  RETURN_IF_ERROR(timestamp::CheckImprint(verified.token.info.get(), imprint));
  ASSIGN_OR_RETURN(const Owned<X509_STORE> store, MakeStore(ca_pem, verified.token.generation_time));
  ASSIGN_OR_RETURN(verified.chain, VerifyChain(verified.token, store.get()));
  if (TS_RESP_verify_signature(verified.token.pkcs7.get(), nullptr, store.get(), nullptr) != 1) {
    return Refused(ErrorQueue::Reason("its signature does not verify"));
  }
  RETURN_IF_ERROR(CheckAlgorithms(verified.token));
  return verified;
}

}  // namespace

absl::StatusOr<TimePoint> VerifyTimestamp(std::string_view token, const Digest& imprint, std::string_view ca_pem) {
  const ErrorQueue errors;
  ASSIGN_OR_RETURN(const Verified verified, VerifySignature(token, imprint, ca_pem));
  RETURN_IF_ERROR(CheckNothingUnsigned(verified.token, verified.chain));
  if (ToDer(i2d_PKCS7, static_cast<const PKCS7*>(verified.token.pkcs7.get())) != token) {
    return Refused("it is not in its one encoding (DER)");
  }
  return verified.token.generation_time;
}

absl::StatusOr<std::string> TrimTimestamp(std::string_view token, const Digest& imprint, std::string_view ca_pem) {
  std::string trimmed;
  {
    const ErrorQueue errors;
    ASSIGN_OR_RETURN(const Verified verified, VerifySignature(token, imprint, ca_pem));
    PKCS7_SIGNED* data = verified.token.pkcs7->d.sign;
    PKCS7_SIGNER_INFO* signer = sk_PKCS7_SIGNER_INFO_value(data->signer_info, 0);
    sk_X509_ATTRIBUTE_pop_free(std::exchange(signer->unauth_attr, nullptr), X509_ATTRIBUTE_free);
    sk_X509_CRL_pop_free(std::exchange(data->crl, nullptr), X509_CRL_free);
    Certificates seen;
    for (int i = sk_X509_num(data->cert) - 1; i >= 0; --i) {
      const std::string der = ToDer(i2d_X509, static_cast<const X509*>(sk_X509_value(data->cert, i)));
      if (!verified.chain.contains(der) || !seen.insert(der).second) {
        X509_free(sk_X509_delete(data->cert, i));
      }
    }
    trimmed = ToDer(i2d_PKCS7, static_cast<const PKCS7*>(verified.token.pkcs7.get()));
  }
  RETURN_IF_ERROR(VerifyTimestamp(trimmed, imprint, ca_pem).status());
  return trimmed;
}

}  // namespace affidavit
