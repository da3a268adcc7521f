#include "tests/support/small_http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <stdexcept>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace affidavit::testing {
namespace {

constexpr int kPollMs = 20;
constexpr int kReadTimeoutMs = 5'000;
constexpr size_t kRequestBytesMax = 1 << 20;

// The value of a header, whose name is in lower case; empty without it. `head` is the request up to the blank line.
std::string HeaderOf(const std::string& head, const std::string& name) {
  std::string lower = head;
  absl::AsciiStrToLower(&lower);
  const size_t at = lower.find("\r\n" + name + ":");
  if (at == std::string::npos) {
    return "";
  }
  const size_t begin = at + name.size() + 3;
  std::string value = head.substr(begin, head.find("\r\n", begin) - begin);
  absl::StripAsciiWhitespace(&value);
  return value;
}

std::optional<HttpRequest> ReadRequest(int connection) {
  std::string bytes;
  size_t size = std::string::npos;
  size_t body_at = 0;
  while (bytes.size() < size) {
    pollfd ready{.fd = connection, .events = POLLIN, .revents = 0};
    std::array<char, 16 << 10> buffer;
    if (bytes.size() > kRequestBytesMax || ::poll(&ready, 1, kReadTimeoutMs) != 1) {
      return std::nullopt;
    }
    const ssize_t count = ::recv(connection, buffer.data(), buffer.size(), 0);
    if (count <= 0) {
      return std::nullopt;
    }
    bytes.append(buffer.data(), static_cast<size_t>(count));
    if (size == std::string::npos && bytes.find("\r\n\r\n") != std::string::npos) {
      body_at = bytes.find("\r\n\r\n") + 4;
      const std::string length = HeaderOf(bytes.substr(0, body_at), "content-length");
      size = body_at + (length.empty() ? 0 : std::stoul(length));
    }
  }
  const std::string head = bytes.substr(0, body_at);
  const size_t method_end = head.find(' ');
  return HttpRequest{.method = head.substr(0, method_end),
                     .path = head.substr(method_end + 1, head.find(' ', method_end + 1) - method_end - 1),
                     .content_type = HeaderOf(head, "content-type"),
                     .body = bytes.substr(body_at),
                     .head = head};
}

void WriteAll(int connection, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) {
      return;  // the client has gone
    }
    bytes.remove_prefix(static_cast<size_t>(count));
  }
}

}  // namespace

SmallHttpServer::SmallHttpServer(Handler handler) : handler_(std::move(handler)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, generic, size) != 0 || ::listen(listener_, SOMAXCONN) != 0 ||
      ::getsockname(listener_, generic, &size) != 0) {
    throw std::runtime_error("cannot listen on 127.0.0.1");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { Run(); });
}

SmallHttpServer::~SmallHttpServer() {
  stop_ = true;
  thread_.join();
  ::close(listener_);
}

void SmallHttpServer::Run() {
  while (!stop_) {
    pollfd ready{.fd = listener_, .events = POLLIN, .revents = 0};
    if (::poll(&ready, 1, kPollMs) != 1) {
      continue;
    }
    const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection >= 0) {
      Serve(connection);
      ::close(connection);
    }
  }
}

void SmallHttpServer::Serve(int connection) {
  const std::optional<HttpRequest> request = ReadRequest(connection);
  if (!request.has_value()) {
    return;
  }
  ++request_count_;
  const HttpResponse response = handler_(*request);
  if (response.status == 0) {
    return;
  }
  const std::string type =
      response.content_type.empty() ? "" : absl::StrCat("Content-Type: ", response.content_type, "\r\n");
  WriteAll(connection,
           absl::StrCat("HTTP/1.1 ", response.status, " Said\r\n", type, response.headers,
                        "Content-Length: ", response.body.size(), "\r\nConnection: close\r\n\r\n", response.body));
}

}  // namespace affidavit::testing
