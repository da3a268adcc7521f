// What a sender can be told, one word each: the label `answer` of affidavit_adapter_requests_total, and the rows of the
// HTTP contract.
#pragma once

#include <array>
#include <string_view>

namespace affidavit::adapter {

enum class Answer {
  kAccepted,
  kDuplicate,
  kConflict,
  kExcluded,
  kQuarantined,
  kBadRequest,
  kUnauthorized,
  kNotFound,
  kMethodNotAllowed,
  kTimeout,
  kTooLarge,
  kUnsupportedMediaType,
  kHeaderTooLarge,
  kUnavailable,
};

struct AnswerTraits {
  std::string_view label;
  int status;
  std::string_view title;  // RFC 9110's phrase for the status
};

// In the order of Answer.
inline constexpr std::array<AnswerTraits, 14> kAnswers = {{
    {"accepted", 200, "OK"},
    {"duplicate", 200, "OK"},
    {"conflict", 200, "OK"},
    {"excluded", 200, "OK"},
    {"quarantined", 422, "Unprocessable Content"},
    {"bad_request", 400, "Bad Request"},
    {"unauthorized", 401, "Unauthorized"},
    {"not_found", 404, "Not Found"},
    {"method_not_allowed", 405, "Method Not Allowed"},
    {"timeout", 408, "Request Timeout"},
    {"too_large", 413, "Content Too Large"},
    {"unsupported_media_type", 415, "Unsupported Media Type"},
    {"header_too_large", 431, "Request Header Fields Too Large"},
    {"unavailable", 503, "Service Unavailable"},
}};

inline constexpr const AnswerTraits& TraitsOf(Answer answer) {
  return kAnswers[static_cast<size_t>(answer)];
}

}  // namespace affidavit::adapter
