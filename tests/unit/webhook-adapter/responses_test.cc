#include "webhook-adapter/responses.h"

#include <string>

#include "core/base/digest.h"
#include "gtest/gtest.h"

namespace affidavit::adapter {
namespace {

// SHA-256 of nothing (FIPS 180-4's example).
constexpr std::string_view kHex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

AppendResult ResultOf(AppendOutcome outcome, std::string event_id, std::string reason = "") {
  return {.outcome = outcome,
          .event_id = std::move(event_id),
          .payload_sha256 = Sha256(""),
          .leaf_index = 41,
          .reason = std::move(reason)};
}

std::string Receipt() {
  return R"("payload_sha256":")" + std::string(kHex) + R"(","leaf_index":41})";
}

TEST(ResponsesTest, StoredEventsGetTheirReceipt) {
  EXPECT_EQ(ResponseFor(ResultOf(AppendOutcome::kAccepted, "e-1")).body,
            R"({"status":"accepted","id":"e-1",)" + Receipt());
  EXPECT_EQ(ResponseFor(ResultOf(AppendOutcome::kDuplicate, "e-1")).body,
            R"({"status":"duplicate","id":"e-1",)" + Receipt());
  EXPECT_EQ(ResponseFor(ResultOf(AppendOutcome::kConflict, "e-1")).body,
            R"({"status":"conflict","id":"e-1",)" + Receipt());
  EXPECT_EQ(ResponseFor(ResultOf(AppendOutcome::kExcluded, "e-1", "direction")).body,
            R"({"status":"excluded","reason":"direction","id":"e-1",)" + Receipt());
}

TEST(ResponsesTest, IdsAreEscaped) {
  EXPECT_EQ(ResponseFor(ResultOf(AppendOutcome::kAccepted, "a\"\\|é")).body,
            R"({"status":"accepted","id":"a\"\\|é",)" + Receipt());
}

TEST(ResponsesTest, QuarantinedEventsAreAProblemWithAReceipt) {
  const Response response = ResponseFor(ResultOf(AppendOutcome::kQuarantined, "", "not_json"));
  EXPECT_EQ(response.answer, Answer::kQuarantined);
  EXPECT_EQ(response.body, R"({"type":"about:blank","title":"Unprocessable Content","status":422,)"
                           R"("detail":"The event is authentic and has been kept, but cannot be used.",)"
                           R"("outcome":"quarantined","reason":"not_json",)" +
                               Receipt());
}

TEST(ResponsesTest, WhatTheLedgerRefusesIsUnavailableAndSaysNothingAboutWhy) {
  const Response response = ResponseFor(ResultOf(AppendOutcome::kRefused, "", "CLOCK_SKEW"));
  EXPECT_EQ(response.answer, Answer::kUnavailable);
  EXPECT_EQ(response.body, R"({"type":"about:blank","title":"Service Unavailable","status":503,)"
                           R"("detail":"The event has not been stored. Send it again."})");
}

TEST(ResponsesTest, EveryOtherAnswerIsAProblem) {
  const auto body = [](Answer answer) { return Problem(answer).body; };
  EXPECT_EQ(body(Answer::kBadRequest), R"({"type":"about:blank","title":"Bad Request","status":400,)"
                                       R"("detail":"This is not an HTTP/1.1 request."})");
  EXPECT_EQ(body(Answer::kUnauthorized), R"({"type":"about:blank","title":"Unauthorized","status":401,)"
                                         R"("detail":"The signature is missing or not right."})");
  EXPECT_EQ(body(Answer::kNotFound), R"({"type":"about:blank","title":"Not Found","status":404,)"
                                     R"("detail":"No source has this route."})");
  EXPECT_EQ(body(Answer::kMethodNotAllowed), R"({"type":"about:blank","title":"Method Not Allowed","status":405,)"
                                             R"("detail":"Events are sent with POST."})");
  EXPECT_EQ(body(Answer::kTimeout), R"({"type":"about:blank","title":"Request Timeout","status":408,)"
                                    R"("detail":"The request did not arrive in time."})");
  EXPECT_EQ(body(Answer::kTooLarge), R"({"type":"about:blank","title":"Content Too Large","status":413,)"
                                     R"("detail":"The body is larger than this server takes."})");
  EXPECT_EQ(body(Answer::kUnsupportedMediaType),
            R"({"type":"about:blank","title":"Unsupported Media Type","status":415,)"
            R"("detail":"Events are sent as application/json."})");
  EXPECT_EQ(body(Answer::kHeaderTooLarge),
            R"({"type":"about:blank","title":"Request Header Fields Too Large","status":431,)"
            R"("detail":"The header is larger than this server takes."})");
}

TEST(ResponsesTest, OnTheWire) {
  std::string out;
  AppendHttpResponse({Answer::kAccepted, "{}"}, {.request_id = "0123456789abcdef", .date = "DATE"}, out);
  EXPECT_EQ(out,
            "HTTP/1.1 200 OK\r\nDate: DATE\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
            "x-request-id: 0123456789abcdef\r\n\r\n{}");
}

TEST(ResponsesTest, HeadersThatOnlySomeAnswersHave) {
  const auto wire = [](Answer answer, ResponseFraming framing) {
    std::string out;
    AppendHttpResponse({answer, "{}"}, framing, out);
    return out;
  };
  EXPECT_NE(wire(Answer::kUnavailable, {}).find("\r\nRetry-After: 5\r\n"), std::string::npos);
  EXPECT_NE(wire(Answer::kMethodNotAllowed, {}).find("\r\nAllow: POST\r\n"), std::string::npos);
  EXPECT_NE(wire(Answer::kUnauthorized, {}).find("\r\nWWW-Authenticate: "), std::string::npos);
  EXPECT_NE(wire(Answer::kNotFound, {}).find("\r\nContent-Type: application/problem+json\r\n"), std::string::npos);
  EXPECT_NE(wire(Answer::kNotFound, {.keep_alive = false}).find("\r\nConnection: close\r\n"), std::string::npos);
  EXPECT_NE(wire(Answer::kNotFound, {.http_1_0 = true}).find("\r\nConnection: keep-alive\r\n"), std::string::npos);
  EXPECT_EQ(wire(Answer::kNotFound, {}).find("Connection:"), std::string::npos);
  EXPECT_TRUE(wire(Answer::kMethodNotAllowed, {.omit_body = true}).ends_with("\r\n\r\n"));
}

TEST(ResponsesTest, DatesAreImfFixdates) {
  EXPECT_EQ(HttpDate(TimePoint(std::chrono::seconds(784'111'777))), "Sun, 06 Nov 1994 08:49:37 GMT");  // RFC 9110's
  EXPECT_EQ(HttpDate(TimePoint(std::chrono::microseconds(1'795'492'054'999'999))), "Tue, 24 Nov 2026 03:47:34 GMT");
}

}  // namespace
}  // namespace affidavit::adapter
