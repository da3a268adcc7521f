#include "core/evidence/timestamp.h"

#include <array>
#include <utility>

#include "core/base/status_macros.h"
#include "core/base/text.h"
#include "core/evidence/timestamp_token.h"

namespace affidavit {

using timestamp::ErrorQueue;
using timestamp::FromDer;
using timestamp::Owned;
using timestamp::ToDer;
using timestamp::Token;

namespace {

constexpr size_t kReasonBytesMax = 200;

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Owned<ASN1_INTEGER> NonceOf(std::string_view nonce) {
  const Owned<BIGNUM> number(BN_bin2bn(Bytes(nonce), static_cast<int>(nonce.size()), nullptr));
  return Owned<ASN1_INTEGER>(number == nullptr ? nullptr : BN_to_ASN1_INTEGER(number.get(), nullptr));
}

// RFC 3161 section 2.4.2: PKIFailureInfo.
std::string_view FailureName(const ASN1_BIT_STRING* failure) {
  constexpr std::array kNames = {
      std::pair{TS_INFO_BAD_ALG, "badAlg"},
      std::pair{TS_INFO_BAD_REQUEST, "badRequest"},
      std::pair{TS_INFO_BAD_DATA_FORMAT, "badDataFormat"},
      std::pair{TS_INFO_TIME_NOT_AVAILABLE, "timeNotAvailable"},
      std::pair{TS_INFO_UNACCEPTED_POLICY, "unacceptedPolicy"},
      std::pair{TS_INFO_UNACCEPTED_EXTENSION, "unacceptedExtension"},
      std::pair{TS_INFO_ADD_INFO_NOT_AVAILABLE, "addInfoNotAvailable"},
      std::pair{TS_INFO_SYSTEM_FAILURE, "systemFailure"},
  };
  for (const auto& [bit, name] : kNames) {
    if (failure != nullptr && ASN1_BIT_STRING_get_bit(failure, bit) == 1) {
      return name;
    }
  }
  return "no failure named";
}

// What the authority says, as far as it is fit to be logged.
std::string StatusText(const TS_STATUS_INFO* status) {
  const STACK_OF(ASN1_UTF8STRING)* texts = TS_STATUS_INFO_get0_text(status);
  if (texts == nullptr || sk_ASN1_UTF8STRING_num(texts) < 1) {
    return "";
  }
  const ASN1_UTF8STRING* text = sk_ASN1_UTF8STRING_value(texts, 0);
  const std::string_view bytes(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                               static_cast<size_t>(ASN1_STRING_length(text)));
  return IsSoundText(bytes, kReasonBytesMax) ? Concat({": ", bytes}) : "";
}

absl::Status CheckGranted(TS_RESP* response) {
  TS_STATUS_INFO* status = TS_RESP_get_status_info(response);
  const ASN1_INTEGER* code = TS_STATUS_INFO_get0_status(status);
  if (ASN1_INTEGER_get(code) == TS_STATUS_GRANTED || ASN1_INTEGER_get(code) == TS_STATUS_GRANTED_WITH_MODS) {
    return absl::OkStatus();
  }
  return absl::UnavailableError(
      Concat({"the time-stamping authority refused: status ", std::to_string(ASN1_INTEGER_get(code)), ", ",
              FailureName(TS_STATUS_INFO_get0_failure_info(status)), StatusText(status)}));
}

absl::Status CheckNonce(const TS_TST_INFO* info, std::string_view nonce) {
  if (nonce.empty()) {
    return absl::OkStatus();
  }
  const Owned<ASN1_INTEGER> expected = NonceOf(nonce);
  const ASN1_INTEGER* stated = TS_TST_INFO_get_nonce(info);
  if (expected == nullptr || stated == nullptr || ASN1_INTEGER_cmp(expected.get(), stated) != 0) {
    return absl::UnauthenticatedError("the time-stamp answers another request (its nonce differs)");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> MakeTimestampRequest(const Digest& imprint, std::string_view nonce) {
  const ErrorQueue errors;
  const Owned<TS_REQ> request(TS_REQ_new());
  const Owned<TS_MSG_IMPRINT> stated(TS_MSG_IMPRINT_new());
  const Owned<X509_ALGOR> algorithm(X509_ALGOR_new());
  const Owned<ASN1_INTEGER> number = NonceOf(nonce);
  // The setters copy.
  const bool made = request != nullptr && stated != nullptr && algorithm != nullptr && number != nullptr &&
                    X509_ALGOR_set0(algorithm.get(), OBJ_nid2obj(NID_sha256), V_ASN1_NULL, nullptr) == 1 &&
                    TS_MSG_IMPRINT_set_algo(stated.get(), algorithm.get()) == 1 &&
                    TS_MSG_IMPRINT_set_msg(stated.get(), const_cast<unsigned char*>(imprint.data()),
                                           static_cast<int>(imprint.size())) == 1 &&
                    TS_REQ_set_version(request.get(), 1) == 1 &&
                    TS_REQ_set_msg_imprint(request.get(), stated.get()) == 1 &&
                    TS_REQ_set_cert_req(request.get(), 1) == 1 &&
                    (nonce.empty() || TS_REQ_set_nonce(request.get(), number.get()) == 1);
  std::string der = made ? ToDer(i2d_TS_REQ, request.get()) : "";
  if (der.empty()) {
    return absl::InternalError("OpenSSL could not make a time-stamp request");
  }
  return der;
}

absl::StatusOr<std::string> ReadTimestampResponse(std::string_view response, const Digest& imprint,
                                                  std::string_view nonce) {
  const ErrorQueue errors;
  if (response.size() > kTimestampBytesMax) {
    return absl::InvalidArgumentError("not a time-stamp response: it is too long");
  }
  const Owned<TS_RESP> parsed = FromDer(d2i_TS_RESP, response);
  if (parsed == nullptr) {
    return absl::InvalidArgumentError("not a time-stamp response");
  }
  RETURN_IF_ERROR(CheckGranted(parsed.get()));
  if (TS_RESP_get_token(parsed.get()) == nullptr) {
    return absl::InvalidArgumentError("not a time-stamp response: granted without a token");
  }
  std::string der = ToDer(i2d_PKCS7, static_cast<const PKCS7*>(TS_RESP_get_token(parsed.get())));
  ASSIGN_OR_RETURN(const Token token, timestamp::ParseToken(der));
  RETURN_IF_ERROR(timestamp::CheckImprint(token.info.get(), imprint));
  RETURN_IF_ERROR(CheckNonce(token.info.get(), nonce));
  return der;
}

absl::StatusOr<TimePoint> TimestampGenerationTime(std::string_view token) {
  const ErrorQueue errors;
  ASSIGN_OR_RETURN(const Token parsed, timestamp::ParseToken(token));
  return parsed.generation_time;
}

}  // namespace affidavit
