#include "core/evidence/timestamp_token.h"

#include <optional>
#include <utility>

#include "core/base/status_macros.h"
#include "core/base/text.h"
#include "core/evidence/timestamp.h"
#include "openssl/err.h"
#include "openssl/objects.h"

namespace affidavit::timestamp {
namespace {

absl::Status Malformed(std::string_view what) {
  return absl::InvalidArgumentError(Concat({"not a time-stamp token: ", what}));
}

// libcrypto takes an attribute's value for what its name promises; older versions crash when it is something else.
bool HasExpectedType(X509_ATTRIBUTE* attribute) {
  if (X509_ATTRIBUTE_count(attribute) != 1) {
    return false;
  }
  const int type = ASN1_TYPE_get(X509_ATTRIBUTE_get0_type(attribute, 0));
  switch (OBJ_obj2nid(X509_ATTRIBUTE_get0_object(attribute))) {
    case NID_pkcs9_contentType:
      return type == V_ASN1_OBJECT;
    case NID_pkcs9_messageDigest:
      return type == V_ASN1_OCTET_STRING;
    case NID_id_smime_aa_signingCertificate:
    case NID_id_smime_aa_signingCertificateV2:
      return type == V_ASN1_SEQUENCE;
    default:
      return true;
  }
}

absl::Status CheckSigner(const PKCS7_SIGNER_INFO* signer) {
  const STACK_OF(X509_ATTRIBUTE)* attributes = signer->auth_attr;
  for (int i = 0; i < sk_X509_ATTRIBUTE_num(attributes); ++i) {
    if (!HasExpectedType(sk_X509_ATTRIBUTE_value(attributes, i))) {
      return Malformed("a signed attribute has another type than its name says");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckShape(const PKCS7* token) {
  if (!PKCS7_type_is_signed(token) || token->d.sign == nullptr) {
    return Malformed("it is no SignedData");
  }
  const PKCS7* content = token->d.sign->contents;
  if (content == nullptr || OBJ_obj2nid(content->type) != NID_id_smime_ct_TSTInfo) {
    return Malformed("it holds no TSTInfo");
  }
  if (content->d.other == nullptr || content->d.other->type != V_ASN1_OCTET_STRING) {
    return Malformed("its content is missing");
  }
  if (sk_PKCS7_SIGNER_INFO_num(token->d.sign->signer_info) != 1) {
    return Malformed("it has not exactly one signer");
  }
  return CheckSigner(sk_PKCS7_SIGNER_INFO_value(token->d.sign->signer_info, 0));
}

// GeneralizedTime as RFC 3161 section 2.4.2 narrows it, YYYYMMDDhhmmss[.f…]Z.
std::optional<TimePoint> ParseGeneralizedTime(const ASN1_GENERALIZEDTIME* time) {
  if (time == nullptr || ASN1_STRING_length(time) < 15) {
    return std::nullopt;
  }
  const std::string_view text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(time)),
                              static_cast<size_t>(ASN1_STRING_length(time)));
  return ParseRfc3339(Concat({text.substr(0, 4), "-", text.substr(4, 2), "-", text.substr(6, 2), "T", text.substr(8, 2),
                              ":", text.substr(10, 2), ":", text.substr(12)}));
}

}  // namespace

ErrorQueue::ErrorQueue() {
  ERR_clear_error();
}

ErrorQueue::~ErrorQueue() {
  ERR_clear_error();
}

std::string ErrorQueue::Reason(std::string_view otherwise) {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  return std::string(reason == nullptr ? otherwise : reason);
}

absl::StatusOr<Token> TokenOf(Owned<PKCS7> pkcs7) {
  RETURN_IF_ERROR(CheckShape(pkcs7.get()));
  Owned<TS_TST_INFO> info(PKCS7_to_TS_TST_INFO(pkcs7.get()));
  if (info == nullptr || TS_TST_INFO_get_version(info.get()) != 1) {
    return Malformed("its TSTInfo cannot be read");
  }
  const std::optional<TimePoint> time = ParseGeneralizedTime(TS_TST_INFO_get_time(info.get()));
  if (!time.has_value()) {
    return Malformed("its genTime is no time");
  }
  return Token{.pkcs7 = std::move(pkcs7), .info = std::move(info), .generation_time = *time};
}

absl::StatusOr<Token> ParseToken(std::string_view bytes) {
  if (bytes.size() > kTimestampBytesMax) {
    return Malformed("it is too long");
  }
  Owned<PKCS7> pkcs7 = FromDer(d2i_PKCS7, bytes);
  if (pkcs7 == nullptr) {
    return Malformed("it is no DER of one");
  }
  return TokenOf(std::move(pkcs7));
}

absl::Status CheckImprint(TS_TST_INFO* info, const Digest& imprint) {
  TS_MSG_IMPRINT* stated = TS_TST_INFO_get_msg_imprint(info);
  const ASN1_OBJECT* algorithm = nullptr;
  X509_ALGOR_get0(&algorithm, nullptr, nullptr, TS_MSG_IMPRINT_get_algo(stated));
  const ASN1_OCTET_STRING* digest = TS_MSG_IMPRINT_get_msg(stated);
  const std::string_view bytes(reinterpret_cast<const char*>(ASN1_STRING_get0_data(digest)),
                               static_cast<size_t>(ASN1_STRING_length(digest)));
  if (OBJ_obj2nid(algorithm) != NID_sha256 || bytes != AsBytes(imprint)) {
    return absl::UnauthenticatedError("the time-stamp is over other bytes (its message imprint differs)");
  }
  return absl::OkStatus();
}

}  // namespace affidavit::timestamp
