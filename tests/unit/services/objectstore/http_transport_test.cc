#include "services/objectstore/http_transport.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace affidavit::objectstore {
namespace {

constexpr char kEmptyAnswer[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

// Keeps connections open. For each request `answer` gives the bytes to write; nothing closes the connection.
class PatientServer {
 public:
  explicit PatientServer(std::function<std::string(int request)> answer) : answer_(std::move(answer)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(listener_, generic, size), 0);
    EXPECT_EQ(::listen(listener_, SOMAXCONN), 0);
    EXPECT_EQ(::getsockname(listener_, generic, &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Run(); });
  }
  ~PatientServer() {
    stop_ = true;
    thread_.join();
    ::close(listener_);
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/"; }
  int connections() const { return connections_; }
  int requests() const { return requests_; }

 private:
  bool IsReady(int socket) const {
    pollfd ready{.fd = socket, .events = POLLIN, .revents = 0};
    while (!stop_) {
      if (::poll(&ready, 1, 10) == 1) {
        return true;
      }
    }
    return false;
  }
  void Run() {
    while (IsReady(listener_)) {
      const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      ++connections_;
      while (IsReady(connection) && ServeOne(connection)) {
      }
      ::close(connection);
    }
  }
  // Requests of these tests are small: one read takes one in.
  bool ServeOne(int connection) {
    char buffer[4096];
    if (::recv(connection, buffer, sizeof(buffer), 0) <= 0) {
      return false;
    }
    const std::string answer = answer_(requests_++);
    return !answer.empty() && ::send(connection, answer.data(), answer.size(), MSG_NOSIGNAL) > 0;
  }

  const std::function<std::string(int)> answer_;
  const int listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int port_ = 0;
  std::atomic<bool> stop_ = false;
  std::atomic<int> connections_ = 0, requests_ = 0;
  std::thread thread_;
};

TEST(HttpTransportTest, KeepsItsConnection) {
  PatientServer server([](int) { return kEmptyAnswer; });
  HttpTransport transport({});
  for (const char* method : {"GET", "PUT", "DELETE", "POST", "HEAD"}) {
    const HttpResult result = transport.Perform({.method = method, .url = server.url(), .body = "x"});
    EXPECT_EQ(result.status, 200) << method << result.failure;
    EXPECT_TRUE(result.was_sent);
  }
  EXPECT_EQ(server.connections(), 1);
}

// libcurl would send the request again on a new connection, without a word.
TEST(HttpTransportTest, SendsOnceWhenAKeptConnectionDies) {
  PatientServer server([](int request) { return request == 1 ? "" : kEmptyAnswer; });
  HttpTransport transport({});
  ASSERT_EQ(transport.Perform({.method = "PUT", .url = server.url(), .body = "x"}).status, 200);
  const HttpResult lost = transport.Perform({.method = "PUT", .url = server.url(), .body = "x"});
  EXPECT_EQ(lost.status, 0);
  EXPECT_TRUE(lost.was_sent);
  EXPECT_EQ(server.requests(), 2);
  EXPECT_EQ(transport.Perform({.method = "PUT", .url = server.url(), .body = "x"}).status, 200);
}

TEST(HttpTransportTest, KnowsThatNothingWasSent) {
  std::string url;
  {
    PatientServer gone([](int) { return ""; });
    url = gone.url();
  }
  const HttpResult result = HttpTransport({}).Perform({.method = "PUT", .url = url, .body = "x"});
  EXPECT_EQ(result.status, 0);
  EXPECT_FALSE(result.was_sent);
  EXPECT_NE(result.failure, "");
}

TEST(HttpTransportTest, HoldsAnswersToTheirBounds) {
  PatientServer server([](int request) {
    return request == 0 ? "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n123456789"
                        : "HTTP/1.1 200 OK\r\nX-Long: " + std::string(2'000, 'x') + "\r\nContent-Length: 0\r\n\r\n";
  });
  HttpTransport transport({.header_bytes_max = 1'000});
  const HttpResult body = transport.Perform({.method = "GET", .url = server.url(), .answer_bytes_max = 8});
  EXPECT_EQ(body.status, 0);
  EXPECT_TRUE(body.is_too_big);
  EXPECT_TRUE(transport.Perform({.method = "GET", .url = server.url()}).is_too_big);
}

TEST(HttpTransportTest, EndsAtItsDeadline) {
  PatientServer server([](int) { return "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1"; });
  const auto begin = std::chrono::steady_clock::now();
  const HttpResult result =
      HttpTransport({}).Perform({.method = "GET", .url = server.url(), .timeout = std::chrono::milliseconds(50)});
  EXPECT_EQ(result.status, 0);
  EXPECT_TRUE(result.was_sent);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

TEST(HttpTransportTest, ManyThreadsShareItsConnections) {
  PatientServer server([](int) { return "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"; });
  HttpTransport transport({.idle_connections_max = 2});
  std::atomic<int> answers = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 10; ++j) {
        answers += transport.Perform({.method = "GET", .url = server.url()}).status == 200 ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(answers, 40);
}

TEST(HttpTransportTest, HeadersComeInLowerCaseAndTrimmed) {
  PatientServer server([](int) { return "HTTP/1.1 204 No\r\nX-Amz-Version-Id:  v 1 \r\nETag:\r\n\r\n"; });
  const HttpResult result = HttpTransport({}).Perform({.method = "GET", .url = server.url()});
  EXPECT_EQ(result.status, 204);
  EXPECT_EQ(result.headers.at("x-amz-version-id"), "v 1");
  EXPECT_EQ(result.headers.at("etag"), "");
}

}  // namespace
}  // namespace affidavit::objectstore
