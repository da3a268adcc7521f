// Every row of the HTTP contract, over real TLS.
#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include "tests/integration/webhook-adapter/server_fixture.h"

namespace affidavit::adapter {
namespace {

class HttpContractTest : public ServerFixture {
 protected:
  HttpContractTest() { Start(); }

  // The post with another line in place of the signature's.
  static std::string WithSignatureLine(const std::string& line) {
    std::string request = Post();
    const size_t begin = request.find("x-genesys-signature");
    return request.replace(begin, request.find("\r\n", begin) + 2 - begin, line);
  }
  static std::string With(const std::string& from, const std::string& to) {
    std::string request = Post();
    return request.replace(request.find(from), from.size(), to);
  }

  void JudgeAs(AppendOutcome outcome, const std::string& reason = "") {
    ledger_.JudgeWith([=](const Envelope& envelope) {
      return AppendResult{.outcome = outcome,
                          .event_id = outcome == AppendOutcome::kQuarantined ? "" : "e-1",
                          .payload_sha256 = Sha256(envelope.payload),
                          .leaf_index = 7,
                          .reason = reason};
    });
  }
};

TEST_F(HttpContractTest, AcceptedIsAnsweredWithTheReceiptAndTheBytesArrive) {
  JudgeAs(AppendOutcome::kAccepted);
  const double before = CountOf("accepted");
  const HttpAnswer answer = ExchangeOnce(Post());
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.at("content-type"), "application/json");
  EXPECT_EQ(answer.headers.at("x-request-id").find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_EQ(answer.body.find(R"({"status":"accepted","id":"e-1","payload_sha256":")"), 0U) << answer.body;
  EXPECT_TRUE(answer.body.ends_with(R"(","leaf_index":7})"));
  ASSERT_EQ(ledger_.envelopes().size(), 1U);
  const Envelope envelope = ledger_.envelopes()[0];
  EXPECT_EQ(envelope.payload, kBody);
  EXPECT_EQ(envelope.source, "genesys");
  EXPECT_EQ(envelope.signature.key_id, "k1");
  EXPECT_EQ(envelope.request_id, answer.headers.at("x-request-id"));
  EXPECT_LE(envelope.receive_time, SystemClock().WallNow());
  EXPECT_GE(envelope.receive_time, SystemClock().WallNow() - std::chrono::minutes(1));
  EXPECT_EQ(CountOf("accepted"), before + 1);
}

TEST_F(HttpContractTest, TheLedgersOtherOutcomes) {
  JudgeAs(AppendOutcome::kDuplicate);
  EXPECT_EQ(ExchangeOnce(Post()).body.find(R"({"status":"duplicate","id":"e-1")"), 0U);
  JudgeAs(AppendOutcome::kConflict);
  EXPECT_EQ(ExchangeOnce(Post()).body.find(R"({"status":"conflict","id":"e-1")"), 0U);
  JudgeAs(AppendOutcome::kExcluded, "direction");
  EXPECT_EQ(ExchangeOnce(Post()).body.find(R"({"status":"excluded","reason":"direction")"), 0U);
  JudgeAs(AppendOutcome::kQuarantined, "not_json");
  const HttpAnswer quarantined = ExchangeOnce(Post());
  EXPECT_THAT(quarantined, IsProblem(422));
  EXPECT_NE(quarantined.body.find(R"("outcome":"quarantined","reason":"not_json","payload_sha256":")"),
            std::string::npos);
}

TEST_F(HttpContractTest, WhatTheLedgerRefusesOrCannotTakeIsSentAgain) {
  JudgeAs(AppendOutcome::kRefused, "CLOCK_SKEW");
  const HttpAnswer refused = ExchangeOnce(Post());
  EXPECT_THAT(refused, IsProblem(503));
  EXPECT_EQ(refused.headers.at("retry-after"), "5");
  ledger_.FailForEver(absl::PermissionDeniedError("no"));
  EXPECT_THAT(ExchangeOnce(Post()), IsProblem(503));
}

TEST_F(HttpContractTest, BadSignaturesAreUnauthorizedAndSayNothingAboutWhy) {
  const std::string good = Signature(kBody, kSecret);
  std::string upper = good;
  std::transform(upper.begin(), upper.end(), upper.begin(), [](unsigned char c) { return std::toupper(c); });
  const auto line = [](const std::string& value) { return "x-genesys-signature: " + value + "\r\n"; };
  const std::vector<std::string> lines = {"",
                                          line(""),
                                          line(good.substr(0, 63)),
                                          line(good + "0"),
                                          line(upper),
                                          line(std::string(63, '0') + "g"),
                                          line("sha256=" + good),
                                          line(Signature("other", kSecret)),
                                          line(Signature(kBody, "other")),
                                          line(good) + line(good),
                                          line(std::string(8000, 'a')),
                                          line("\xff\xfe")};
  std::string first_body;
  for (const std::string& replacement : lines) {
    const HttpAnswer answer = ExchangeOnce(WithSignatureLine(replacement));
    EXPECT_THAT(answer, IsProblem(401)) << replacement;
    first_body = first_body.empty() ? answer.body : first_body;
    EXPECT_EQ(answer.body, first_body);
  }
  EXPECT_TRUE(ledger_.envelopes().empty());
}

TEST_F(HttpContractTest, ASignatureMayHaveSpaceAroundItAndAnyCaseOfName) {
  EXPECT_EQ(ExchangeOnce(WithSignatureLine("X-Genesys-SIGNATURE:   " + Signature(kBody, kSecret) + "  \r\n")).status,
            200);
}

TEST_F(HttpContractTest, OtherPathsAreNotFound) {
  for (const char* path : {"/", "/genesys", "/genesys/telemetry/", "/healthz", "/metrics", "*"}) {
    EXPECT_THAT(ExchangeOnce(With("/genesys/telemetry", path)), IsProblem(404)) << path;
  }
  EXPECT_EQ(ExchangeOnce(With("/genesys/telemetry", "/genesys/telemetry?x=1")).status, 200);
}

TEST_F(HttpContractTest, OtherMethodsAreNotAllowed) {
  for (const char* method : {"GET", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"}) {
    const HttpAnswer answer = ExchangeOnce(With("POST", method));
    EXPECT_THAT(answer, IsProblem(405)) << method;
    EXPECT_EQ(answer.headers.at("allow"), "POST");
  }
  Client client(port_);
  ASSERT_TRUE(client.Send("HEAD /genesys/telemetry HTTP/1.1\r\nHost: x\r\n\r\n"));
  EXPECT_EQ(client.Receive(/*expect_body=*/false).status, 405);
  EXPECT_EQ(client.Exchange(Post()).status, 200);  // nothing of a body was in the way
}

TEST_F(HttpContractTest, OtherMediaTypesAreUnsupported) {
  const std::string line = "Content-Type: application/json";
  EXPECT_THAT(ExchangeOnce(With(line, "Content-Type: text/plain")), IsProblem(415));
  EXPECT_THAT(ExchangeOnce(With(line, "X-Nothing: x")), IsProblem(415));
  EXPECT_THAT(ExchangeOnce(With(line, line + "\r\n" + line)), IsProblem(415));
  EXPECT_EQ(ExchangeOnce(With(line, line + "; charset=utf-8")).status, 200);
  EXPECT_EQ(ExchangeOnce(With(line, "Content-Type: APPLICATION/JSON")).status, 200);
}

TEST_F(HttpContractTest, TheOrderOfTheChecks) {
  const std::string media = "Content-Type: text/plain\r\n";
  EXPECT_THAT(ExchangeOnce("PUT /nowhere HTTP/1.1\r\n" + media + "Content-Length: 9999999\r\n\r\n"), IsProblem(404));
  EXPECT_THAT(ExchangeOnce("PUT /genesys/telemetry HTTP/1.1\r\n" + media + "Content-Length: 9999999\r\n\r\n"),
              IsProblem(405));
  EXPECT_THAT(ExchangeOnce("POST /genesys/telemetry HTTP/1.1\r\n" + media + "Content-Length: 9999999\r\n\r\n"),
              IsProblem(415));
}

TEST_F(HttpContractTest, BodiesAreBytesAndNotText) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) {
    bytes += static_cast<char>(i);
  }
  EXPECT_EQ(ExchangeOnce(SignedPost(bytes, kSecret, "Content-Encoding: gzip\r\n")).status, 200);
  EXPECT_EQ(ExchangeOnce(SignedPost("", kSecret)).status, 200);
  ASSERT_EQ(ledger_.envelopes().size(), 2U);
  EXPECT_EQ(ledger_.envelopes()[0].payload, bytes);
  EXPECT_EQ(ledger_.envelopes()[1].payload, "");
}

TEST_F(HttpContractTest, WhatIsNotHttpIsABadRequest) {
  for (const char* bytes : {"nonsense\r\n\r\n", "POST / HTTP/2.0\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                            "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", "POST / HTTP/1.1\r\nbad header\r\n\r\n",
                            "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"}) {
    Client client(port_);
    const HttpAnswer answer = client.Exchange(bytes);
    EXPECT_THAT(answer, IsProblem(400)) << bytes;
    EXPECT_EQ(answer.headers.at("connection"), "close");
    EXPECT_TRUE(client.ReadsEnd());
  }
}

}  // namespace
}  // namespace affidavit::adapter
