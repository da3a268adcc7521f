// Every answer of the HTTP contract (docs/connect-genesys.md) as bytes: JSON for what was stored, RFC 9457 problems for
// the rest. Pure, thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "core/base/time.h"
#include "webhook-adapter/answer.h"
#include "webhook-adapter/ledger_client.h"

namespace affidavit::adapter {

inline constexpr int kRetryAfterSeconds = 5;

struct Response {
  Answer answer = Answer::kUnavailable;
  std::string body;
};

// What became of an envelope. kRefused becomes kUnavailable: it was not stored, and the sender should try again.
Response ResponseFor(const AppendResult& result);

// REQUIRES: `answer` is none of those that an AppendResult makes, except kUnavailable.
Response Problem(Answer answer);

// How a response goes over the wire.
struct ResponseFraming {
  std::string_view request_id;
  std::string_view date;  // IMF-fixdate, HttpDate
  bool keep_alive = true;
  bool http_1_0 = false;
  bool omit_body = false;  // HEAD
};

// Appends status line, header and body to `out`.
void AppendHttpResponse(const Response& response, const ResponseFraming& framing, std::string& out);

// "Tue, 24 Nov 2026 03:47:34 GMT" (RFC 9110 section 5.6.7).
std::string HttpDate(TimePoint time);

}  // namespace affidavit::adapter
