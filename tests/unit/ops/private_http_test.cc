#include "ops/private_http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ops/metrics.h"

namespace affidavit::ops {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// A plain socket, so that the test can send what no client library would.
class Connection {
 public:
  explicit Connection(int port) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    const sockaddr_in address{.sin_family = AF_INET,
                              .sin_port = htons(static_cast<uint16_t>(port)),
                              .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    const timeval deadline{.tv_sec = 20, .tv_usec = 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof(deadline));
    EXPECT_EQ(connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  }
  ~Connection() { close(fd_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void Send(std::string_view bytes) { send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }

  std::string ReadUntil(std::string_view end) {
    std::string all;
    char buffer[4096];
    while (end.empty() || all.find(end) == std::string::npos) {
      const ssize_t n = recv(fd_, buffer, sizeof(buffer), 0);
      if (n <= 0) {
        break;
      }
      all.append(buffer, static_cast<size_t>(n));
    }
    return all;
  }
  std::string ReadAll() { return ReadUntil(""); }

 private:
  int fd_;
};

class PrivateHttpTest : public testing::Test {
 protected:
  PrivateHttpTest() {
    auto started = PrivateHttp::Start({.listen = "127.0.0.1:0", .is_ready = [this] { return ready_.load(); }});
    EXPECT_TRUE(started.ok()) << started.status();
    http_ = std::move(started).value();
  }

  std::string Ask(const std::string& method, const std::string& target) {
    Connection connection(http_->port());
    connection.Send(method + " " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    return connection.ReadAll();
  }

  std::atomic<bool> ready_ = false;
  std::unique_ptr<PrivateHttp> http_;
};

TEST_F(PrivateHttpTest, Healthz) {
  const std::string answer = Ask("GET", "/healthz");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, testing::EndsWith("\r\n\r\nok\n"));
}

TEST_F(PrivateHttpTest, ReadyzFollowsTheService) {
  EXPECT_THAT(Ask("GET", "/readyz"), StartsWith("HTTP/1.1 503 "));
  ready_ = true;
  EXPECT_THAT(Ask("GET", "/readyz?verbose"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(PrivateHttpTest, MetricsInTextFormat) {
  CounterOf("test_private_http_total", "Help.").Increment();
  const std::string answer = Ask("GET", "/metrics");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(answer, HasSubstr("Content-Type: text/plain; version=0.0.4"));
  EXPECT_THAT(answer, HasSubstr("\ntest_private_http_total 1\n"));
}

TEST_F(PrivateHttpTest, HeadHasTheHeadersOnly) {
  const std::string answer = Ask("HEAD", "/healthz");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(answer, HasSubstr("Content-Length: 3\r\n"));
  EXPECT_THAT(answer, testing::EndsWith("\r\n\r\n"));
}

TEST_F(PrivateHttpTest, OtherPathsAndMethods) {
  EXPECT_THAT(Ask("GET", "/"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(Ask("GET", "/healthz/"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(Ask("POST", "/nothing"), StartsWith("HTTP/1.1 404 "));
  const std::string answer = Ask("DELETE", "/metrics");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(answer, HasSubstr("Allow: GET, HEAD\r\n"));
}

TEST_F(PrivateHttpTest, KeepsAConnectionForSeveralRequests) {
  Connection connection(http_->port());
  for (int i = 0; i < 3; ++i) {
    connection.Send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_THAT(connection.ReadUntil("\r\n\r\nok\n"), StartsWith("HTTP/1.1 200 "));
  }
}

TEST_F(PrivateHttpTest, ABodyIsRefusedAndEndsTheConnection) {
  Connection connection(http_->port());
  connection.Send("POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n");
  const std::string answer = connection.ReadAll();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(answer, HasSubstr("Connection: close"));
}

TEST_F(PrivateHttpTest, WhatIsNotHttpOrTooLongIsClosedUnanswered) {
  for (const std::string& bytes : {std::string("nonsense\r\n\r\n"), "GET /" + std::string(20'000, 'a')}) {
    Connection connection(http_->port());
    connection.Send(bytes);
    EXPECT_EQ(connection.ReadAll(), "");
  }
}

TEST_F(PrivateHttpTest, ClosesWhatExceedsItsConnectionsAndRecovers) {
  {
    std::vector<std::unique_ptr<Connection>> idle;
    for (int i = 0; i < 32; ++i) {
      idle.push_back(std::make_unique<Connection>(http_->port()));
      idle.back()->Send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
      ASSERT_THAT(idle.back()->ReadUntil("ok\n"), StartsWith("HTTP/1.1 200 "));
    }
    EXPECT_EQ(Connection(http_->port()).ReadAll(), "");
  }
  // The server learns that they are gone in its own time.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  std::string answer;
  while (answer.empty() && std::chrono::steady_clock::now() < deadline) {
    answer = Ask("GET", "/healthz");
  }
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
}

TEST_F(PrivateHttpTest, StopsPromptlyWithOpenConnections) {
  Connection idle(http_->port());
  Connection half(http_->port());
  half.Send("GET /heal");
  EXPECT_THAT(Ask("GET", "/healthz"), StartsWith("HTTP/1.1 200 "));
  const auto begin = std::chrono::steady_clock::now();
  http_.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));
  EXPECT_EQ(idle.ReadAll(), "");
}

TEST_F(PrivateHttpTest, NamesAnAddressThatItCannotHave) {
  const std::string taken = "127.0.0.1:" + std::to_string(http_->port());
  const auto second = PrivateHttp::Start({.listen = taken, .is_ready = [] { return true; }});
  EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(second.status().message(), HasSubstr(taken));

  for (const char* listen : {"", "9101", "no such host:1", "127.0.0.1:port"}) {
    const auto none = PrivateHttp::Start({.listen = listen, .is_ready = [] { return true; }});
    EXPECT_EQ(none.status().code(), absl::StatusCode::kInvalidArgument) << listen;
  }
}

}  // namespace
}  // namespace affidavit::ops
