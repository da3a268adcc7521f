// Sizes, times and numbers: what is over a limit is refused, and leaves nothing behind.
#include <chrono>
#include <string>
#include <thread>

#include "tests/integration/webhook-adapter/server_fixture.h"

namespace affidavit::adapter {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

class HttpLimitsTest : public ServerFixture {
 protected:
  HttpLimitsTest() {
    options_.body_bytes_max = 1'000;
    options_.header_bytes_max = 2'000;
  }

  static std::string Head(const std::string& framing) {
    return "POST /genesys/telemetry HTTP/1.1\r\nContent-Type: application/json\r\n" + framing + "\r\n\r\n";
  }
  static double OversizeAlerts() { return ops::AlertCounter(ops::kAlertOversizeEvent).Value(); }
};

TEST_F(HttpLimitsTest, ABodyOfTheLimitIsTaken) {
  Start();
  EXPECT_EQ(ExchangeOnce(SignedPost(std::string(1'000, 'x'), kSecret)).status, 200);
}

TEST_F(HttpLimitsTest, ALargerContentLengthIsRefusedBeforeTheBodyAndAlerts) {
  Start();
  const double before = OversizeAlerts();
  Client client(port_);
  const HttpAnswer answer = client.Exchange(Head("Content-Length: 1001"));
  EXPECT_THAT(answer, IsProblem(413));
  EXPECT_EQ(answer.headers.at("connection"), "close");
  EXPECT_EQ(OversizeAlerts(), before + 1);
  EXPECT_THAT(ExchangeOnce(Head("Content-Length: 18446744073709551615")), IsProblem(413));
  EXPECT_THAT(ExchangeOnce(Head("Content-Length: 18446744073709551616")), IsProblem(400));
}

TEST_F(HttpLimitsTest, ASenderThatGoesOnSendingStillSeesTheAnswer) {
  Start();
  Client client(port_);
  ASSERT_TRUE(client.Send(Head("Content-Length: 500000")));
  client.Send(std::string(500'000, 'x'));
  EXPECT_THAT(client.Receive(), IsProblem(413));
}

TEST_F(HttpLimitsTest, AChunkedBodyIsRefusedOnceItIsTooLarge) {
  Start();
  const double before = OversizeAlerts();
  Client client(port_);
  ASSERT_TRUE(client.Send(Head("Transfer-Encoding: chunked")));
  ASSERT_TRUE(client.Send("1f4\r\n" + std::string(500, 'x') + "\r\n"));
  const HttpAnswer answer = client.Exchange("1f5\r\n" + std::string(501, 'x') + "\r\n");
  EXPECT_THAT(answer, IsProblem(413));
  EXPECT_EQ(answer.headers.at("connection"), "close");
  EXPECT_EQ(OversizeAlerts(), before + 1);
}

TEST_F(HttpLimitsTest, LargeHeadersAreRefused) {
  Start();
  EXPECT_EQ(ExchangeOnce(Post("X-Padding: " + std::string(1'500, 'x') + "\r\n")).status, 200);
  EXPECT_THAT(ExchangeOnce(Post("X-Padding: " + std::string(2'000, 'x') + "\r\n")), IsProblem(431));
  EXPECT_THAT(ExchangeOnce("POST /" + std::string(30'000, 'x')), IsProblem(431));
}

TEST_F(HttpLimitsTest, ASlowHeaderTimesOut) {
  options_.header_timeout = milliseconds(100);
  Start();
  Client client(port_);
  ASSERT_TRUE(client.Send("POST /genesys/telemetry HTTP/1.1\r\nX-Slow: "));
  const HttpAnswer answer = client.Receive();
  EXPECT_THAT(answer, IsProblem(408));
  EXPECT_EQ(answer.headers.at("connection"), "close");
  EXPECT_TRUE(client.ReadsEnd());
}

TEST_F(HttpLimitsTest, ADrippingHeaderTimesOutAllTheSame) {
  options_.header_timeout = milliseconds(300);
  Start();
  Client client(port_);
  const auto begin = steady_clock::now();
  // Each byte comes well within the limit: it counts from the first one.
  while (client.Send("x") && steady_clock::now() - begin < seconds(5)) {
    std::this_thread::sleep_for(milliseconds(20));
    if (CountOf("timeout", "") > 0) {
      break;
    }
  }
  EXPECT_EQ(client.Receive().status, 408);
  EXPECT_LT(steady_clock::now() - begin, seconds(5));
}

TEST_F(HttpLimitsTest, ASlowBodyTimesOut) {
  options_.body_timeout = milliseconds(100);
  Start();
  Client client(port_);
  std::string request = Post();
  request.pop_back();
  const double before = CountOf("timeout");
  EXPECT_THAT(client.Exchange(request), IsProblem(408));
  EXPECT_TRUE(client.ReadsEnd());
  EXPECT_EQ(CountOf("timeout"), before + 1);
  EXPECT_TRUE(ledger_.envelopes().empty());
}

TEST_F(HttpLimitsTest, AnIdleConnectionIsClosedQuietly) {
  options_.idle_timeout = milliseconds(100);
  Start();
  Client client(port_);
  EXPECT_EQ(client.Exchange(Post()).status, 200);
  EXPECT_TRUE(client.ReadsEnd());
}

TEST_F(HttpLimitsTest, ASlowHandshakeIsClosed) {
  options_.header_timeout = milliseconds(100);
  Start();
  Client client(port_, {.tls = false});  // speaks no TLS, says nothing
  EXPECT_TRUE(client.ReadsEnd());
}

TEST_F(HttpLimitsTest, TheAnswerComesInTimeWhateverTheLedgerDoes) {
  options_.answer_timeout = milliseconds(400);
  Start();
  ledger_.Hold();
  Client client(port_);
  const auto begin = steady_clock::now();
  EXPECT_THAT(client.Exchange(Post()), IsProblem(503));
  EXPECT_LT(steady_clock::now() - begin, seconds(2));
  ledger_.Release();
  EXPECT_EQ(client.Exchange(Post()).status, 200);  // an answer of its own, not the late one
}

TEST_F(HttpLimitsTest, BytesInFlightAreBounded) {
  options_.in_flight_bytes_max = 1'500;
  Start();
  ledger_.Hold();
  Client first(port_);
  ASSERT_TRUE(first.Send(SignedPost(std::string(1'000, 'x'), kSecret)));
  ASSERT_TRUE(ledger_.WaitForBatches(1));
  Client second(port_);
  const HttpAnswer refused = second.Exchange(Head("Content-Length: 501"));
  EXPECT_THAT(refused, IsProblem(503));
  EXPECT_EQ(refused.headers.at("retry-after"), "5");
  EXPECT_TRUE(second.ReadsEnd());
  EXPECT_THAT(ExchangeOnce(Head("Transfer-Encoding: chunked")), IsProblem(503));  // might become 1,000
  ledger_.Release();
  EXPECT_EQ(first.Receive().status, 200);
  EXPECT_EQ(ExchangeOnce(SignedPost(std::string(900, 'x'), kSecret)).status, 200);
}

TEST_F(HttpLimitsTest, ConnectionsAreBounded) {
  options_.connections_max = 2;
  Start();
  Client first(port_);
  Client second(port_);
  EXPECT_EQ(first.Exchange(Post()).status, 200);
  EXPECT_EQ(second.Exchange(Post()).status, 200);
  EXPECT_FALSE(Client(port_).connected());
  first.Drop();
  // The place is free as soon as the server has seen the end.
  const auto give_up = steady_clock::now() + seconds(10);
  int status = 0;
  while (status != 200 && steady_clock::now() < give_up) {
    status = ExchangeOnce(Post()).status;
  }
  EXPECT_EQ(status, 200);
}

}  // namespace
}  // namespace affidavit::adapter
