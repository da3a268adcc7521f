#include "webhook-adapter/responses.h"

#include <array>
#include <cstdio>
#include <initializer_list>
#include <utility>

#include "core/base/canonical_json.h"
#include "core/base/encoding.h"

namespace affidavit::adapter {
namespace {

void Append(std::string& out, std::initializer_list<std::string_view> parts) {
  for (const std::string_view part : parts) {
    out += part;
  }
}

std::string_view DetailOf(Answer answer) {
  switch (answer) {
    case Answer::kBadRequest:
      return "This is not an HTTP/1.1 request.";
    case Answer::kUnauthorized:
      return "The signature is missing or not right.";
    case Answer::kNotFound:
      return "No source has this route.";
    case Answer::kMethodNotAllowed:
      return "Events are sent with POST.";
    case Answer::kTimeout:
      return "The request did not arrive in time.";
    case Answer::kTooLarge:
      return "The body is larger than this server takes.";
    case Answer::kUnsupportedMediaType:
      return "Events are sent as application/json.";
    case Answer::kHeaderTooLarge:
      return "The header is larger than this server takes.";
    case Answer::kQuarantined:
      return "The event is authentic and has been kept, but cannot be used.";
    default:
      return "The event has not been stored. Send it again.";
  }
}

std::string ProblemHead(Answer answer) {
  const AnswerTraits& traits = TraitsOf(answer);
  std::string body;
  Append(body, {R"({"type":"about:blank","title":")", traits.title, R"(","status":)", std::to_string(traits.status),
                R"(,"detail":")", DetailOf(answer), "\""});
  return body;
}

void AppendMember(std::string_view name, std::string_view value, std::string& out) {
  Append(out, {",\"", name, "\":"});
  AppendCanonicalString(value, out);
}

// ,"id":…,"payload_sha256":…,"leaf_index":…}
void AppendReceipt(const AppendResult& result, std::string& out) {
  if (!result.event_id.empty()) {
    AppendMember("id", result.event_id, out);
  }
  Append(out, {R"(,"payload_sha256":")", HexEncode(AsBytes(result.payload_sha256)), R"(","leaf_index":)",
               std::to_string(result.leaf_index), "}"});
}

Response Stored(Answer answer, const AppendResult& result) {
  Response response{answer, {}};
  response.body.reserve(192 + result.event_id.size());
  Append(response.body, {R"({"status":")", TraitsOf(answer).label, "\""});
  if (answer == Answer::kExcluded) {
    AppendMember("reason", result.reason, response.body);
  }
  AppendReceipt(result, response.body);
  return response;
}

Response Quarantined(const AppendResult& result) {
  Response response{Answer::kQuarantined, ProblemHead(Answer::kQuarantined)};
  response.body += R"(,"outcome":"quarantined")";
  AppendMember("reason", result.reason, response.body);
  AppendReceipt(result, response.body);
  return response;
}

// The header fields that only some answers have.
std::string_view ExtraFields(Answer answer) {
  switch (answer) {
    case Answer::kUnauthorized:
      return "WWW-Authenticate: Webhook-Signature\r\n";  // RFC 9110 section 15.5.2 demands one
    case Answer::kMethodNotAllowed:
      return "Allow: POST\r\n";
    case Answer::kUnavailable:
      static_assert(kRetryAfterSeconds == 5);
      return "Retry-After: 5\r\n";
    default:
      return "";
  }
}

}  // namespace

Response ResponseFor(const AppendResult& result) {
  switch (result.outcome) {
    case AppendOutcome::kAccepted:
      return Stored(Answer::kAccepted, result);
    case AppendOutcome::kDuplicate:
      return Stored(Answer::kDuplicate, result);
    case AppendOutcome::kConflict:
      return Stored(Answer::kConflict, result);
    case AppendOutcome::kExcluded:
      return Stored(Answer::kExcluded, result);
    case AppendOutcome::kQuarantined:
      return Quarantined(result);
    case AppendOutcome::kRefused:
      break;
  }
  return Problem(Answer::kUnavailable);
}

Response Problem(Answer answer) {
  return {answer, ProblemHead(answer) + "}"};
}

void AppendHttpResponse(const Response& response, const ResponseFraming& framing, std::string& out) {
  const AnswerTraits& traits = TraitsOf(response.answer);
  std::string_view connection;
  if (!framing.keep_alive) {
    connection = "Connection: close\r\n";
  } else if (framing.http_1_0) {
    connection = "Connection: keep-alive\r\n";
  }
  Append(out, {"HTTP/1.1 ", std::to_string(traits.status), " ", traits.title, "\r\nDate: ", framing.date,
               "\r\nContent-Type: ", traits.status == 200 ? "application/json" : "application/problem+json",
               "\r\nContent-Length: ", std::to_string(response.body.size()), "\r\nx-request-id: ", framing.request_id,
               "\r\n", ExtraFields(response.answer), connection, "\r\n"});
  if (!framing.omit_body) {
    out += response.body;
  }
}

std::string HttpDate(TimePoint time) {
  static constexpr std::array kWeekdays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  std::array<char, 64> text;
  const int length = std::snprintf(text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
                                   kWeekdays[std::chrono::weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
                                   kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                                   static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                                   static_cast<int>(clock.seconds().count()));
  return {text.data(), static_cast<size_t>(length)};
}

}  // namespace affidavit::adapter
