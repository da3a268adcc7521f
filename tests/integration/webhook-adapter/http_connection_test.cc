// Connections: reuse, pipelining, framing, and senders that leave early.
#include <string>

#include "tests/integration/webhook-adapter/server_fixture.h"

namespace affidavit::adapter {
namespace {

class HttpConnectionTest : public ServerFixture {
 protected:
  HttpConnectionTest() { Start(); }

  static std::string ChunkedPost(std::string_view body, std::string_view chunks) {
    return "POST /genesys/telemetry HTTP/1.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n"
           "x-genesys-signature: " +
           Signature(body, kSecret) + "\r\n\r\n" + std::string(chunks);
  }
};

TEST_F(HttpConnectionTest, ManyRequestsOnOneConnection) {
  Client client(port_);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(client.Exchange(SignedPost("{\"id\":\"" + std::to_string(i) + "\"}", kSecret)).status, 200);
  }
  EXPECT_EQ(ledger_.envelopes().size(), 20U);
}

TEST_F(HttpConnectionTest, PipelinedRequestsAreAnsweredInOrder) {
  Client client(port_);
  ASSERT_TRUE(client.Send(SignedPost("1", kSecret) + "GET /x HTTP/1.1\r\n\r\n" + SignedPost("22", kSecret) + "\r\n" +
                          SignedPost("333", "wrong") + SignedPost("4444", kSecret)));
  EXPECT_EQ(client.Receive().status, 200);
  EXPECT_EQ(client.Receive().status, 404);
  EXPECT_EQ(client.Receive().status, 200);
  EXPECT_EQ(client.Receive().status, 401);
  EXPECT_EQ(client.Receive().status, 200);
  const std::vector<Envelope> envelopes = ledger_.envelopes();
  ASSERT_EQ(envelopes.size(), 3U);
  EXPECT_EQ(envelopes[0].payload, "1");
  EXPECT_EQ(envelopes[1].payload, "22");
  EXPECT_EQ(envelopes[2].payload, "4444");
}

TEST_F(HttpConnectionTest, AnyPiecesWillDo) {
  Client client(port_);
  for (const char byte : Post()) {
    ASSERT_TRUE(client.Send(std::string_view(&byte, 1)));
  }
  EXPECT_EQ(client.Receive().status, 200);
}

TEST_F(HttpConnectionTest, RefusedRequestsWithASmallBodyKeepTheConnection) {
  Client client(port_);
  EXPECT_EQ(client.Exchange(SignedPost(kBody, kSecret, "", "/nowhere")).status, 404);
  EXPECT_EQ(client.Exchange(SignedPost(kBody, "wrong")).status, 401);
  EXPECT_EQ(client.Exchange(Post()).status, 200);
}

TEST_F(HttpConnectionTest, ConnectionCloseIsHonoured) {
  Client client(port_);
  const HttpAnswer answer = client.Exchange(Post("Connection: close\r\n"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.at("connection"), "close");
  EXPECT_TRUE(client.ReadsEnd());
}

TEST_F(HttpConnectionTest, Http10ClosesUnlessAsked) {
  std::string old = Post();
  old.replace(old.find("HTTP/1.1"), 8, "HTTP/1.0");
  Client closing(port_);
  EXPECT_EQ(closing.Exchange(old).status, 200);
  EXPECT_TRUE(closing.ReadsEnd());
  old.insert(old.find("Host:"), "Connection: keep-alive\r\n");
  Client keeping(port_);
  EXPECT_EQ(keeping.Exchange(old).headers.at("connection"), "keep-alive");
  EXPECT_EQ(keeping.Exchange(old).status, 200);
}

TEST_F(HttpConnectionTest, ChunkedBodiesAreTakenWithoutTheirChunks) {
  EXPECT_EQ(ExchangeOnce(ChunkedPost("{\"a\":1}", "3\r\n{\"a\r\n4;x=y\r\n\":1}\r\n0\r\n\r\n")).status, 200);
  ASSERT_EQ(ledger_.envelopes().size(), 1U);
  EXPECT_EQ(ledger_.envelopes()[0].payload, "{\"a\":1}");
}

TEST_F(HttpConnectionTest, ASignatureInATrailerTooIsGivenTwice) {
  const std::string trailer = "x-genesys-signature: " + Signature("{}", kSecret) + "\r\n";
  EXPECT_EQ(ExchangeOnce(ChunkedPost("{}", "2\r\n{}\r\n0\r\n" + trailer + "\r\n")).status, 401);
}

TEST_F(HttpConnectionTest, BrokenChunksAreABadRequest) {
  EXPECT_EQ(ExchangeOnce(ChunkedPost("{}", "zz\r\n{}\r\n0\r\n\r\n")).status, 400);
  EXPECT_EQ(ExchangeOnce(ChunkedPost("{}", "2;" + std::string(40'000, 'x') + "\r\n{}\r\n0\r\n\r\n")).status, 400);
}

TEST_F(HttpConnectionTest, ExpectContinueIsHonoured) {
  Client client(port_);
  std::string request = Post("Expect: 100-continue\r\n");
  const std::string body(kBody);
  request.resize(request.size() - body.size());
  EXPECT_EQ(client.Exchange(request).status, 100);
  EXPECT_EQ(client.Exchange(body).status, 200);
  // What will be refused is refused before the body has been sent.
  request.replace(request.find("/genesys"), 8, "/nowhere");
  EXPECT_EQ(client.Exchange(request).status, 404);
}

TEST_F(HttpConnectionTest, ASenderThatLeavesEarlyHasStillSent) {
  ledger_.Hold();
  {
    Client client(port_);
    ASSERT_TRUE(client.Send(Post()));
    ASSERT_TRUE(ledger_.WaitForBatches(1));
  }
  ledger_.Release();
  ASSERT_TRUE(ledger_.WaitFor([](const FakeLedger&) { return true; }));
  EXPECT_EQ(ExchangeOnce(Post()).status, 200);
  EXPECT_EQ(ledger_.envelopes().size(), 2U);
}

TEST_F(HttpConnectionTest, ASenderThatOnlyStopsSendingIsAnswered) {
  options_.certificate_file = options_.key_file = "";
  server_.reset();
  Start();
  Client client(port_, {.tls = false});
  ASSERT_TRUE(client.Send(Post()));
  client.ShutDownSending();
  EXPECT_EQ(client.Receive().status, 200);
  EXPECT_TRUE(client.ReadsEnd());
}

TEST_F(HttpConnectionTest, ATruncatedRequestStoresNothing) {
  {
    Client client(port_);
    std::string request = Post();
    request.pop_back();
    ASSERT_TRUE(client.Send(request));
  }
  EXPECT_EQ(ExchangeOnce(Post()).status, 200);
  EXPECT_EQ(ledger_.envelopes().size(), 1U);
}

}  // namespace
}  // namespace affidavit::adapter
