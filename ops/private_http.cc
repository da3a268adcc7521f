#include "ops/private_http.h"

#include <chrono>
#include <string_view>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/steady_timer.hpp"
#include "boost/beast/core/flat_buffer.hpp"
#include "boost/beast/core/tcp_stream.hpp"
#include "boost/beast/http.hpp"
#include "ops/metrics.h"

namespace affidavit::ops {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

constexpr int kConnectionsMax = 32;
constexpr size_t kHeaderBytesMax = 8 << 10;
constexpr std::chrono::seconds kTimeout{5};  // for each read and each write
constexpr std::chrono::milliseconds kAcceptPause{
    100};  // after a failed accept: out of file descriptors does not end by itself

using Request = http::request<http::empty_body>;
using Response = http::response<http::string_body>;

void Fill(http::status status, std::string_view content_type, std::string body, Response& response) {
  response.result(status);
  response.set(http::field::content_type, beast::string_view(content_type.data(), content_type.size()));
  response.body() = std::move(body);
}

Response Answer(const Request& request, const std::function<bool()>& is_ready) {
  constexpr std::string_view kText = "text/plain; charset=utf-8";
  Response response;
  response.version(request.version());
  const std::string_view target(request.target().data(), request.target().size());
  const std::string_view path = target.substr(0, target.find('?'));
  const bool known = path == "/healthz" || path == "/readyz" || path == "/metrics";
  if (!known) {
    Fill(http::status::not_found, kText, "not found\n", response);
  } else if (request.method() != http::verb::get && request.method() != http::verb::head) {
    Fill(http::status::method_not_allowed, kText, "method not allowed\n", response);
    response.set(http::field::allow, "GET, HEAD");
  } else if (path == "/healthz") {
    Fill(http::status::ok, kText, "ok\n", response);
  } else if (path == "/metrics") {
    Fill(http::status::ok, "text/plain; version=0.0.4; charset=utf-8", MetricsText(), response);
  } else if (is_ready()) {
    Fill(http::status::ok, kText, "ready\n", response);
  } else {
    Fill(http::status::service_unavailable, kText, "not ready\n", response);
  }
  return response;
}

// One connection; lives as long as an operation of its own is pending, and never longer than its server.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, const std::function<bool()>& is_ready, int& connections_count)
      : stream_(std::move(socket)), is_ready_(is_ready), connections_count_(connections_count) {
    ++connections_count_;
  }
  ~Session() { --connections_count_; }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void Read() {
    parser_.emplace();
    parser_->header_limit(kHeaderBytesMax);
    stream_.expires_after(kTimeout);
    http::async_read_header(stream_, buffer_, *parser_,
                            [self = shared_from_this()](beast::error_code error, size_t) { self->OnRead(error); });
  }

 private:
  void OnRead(beast::error_code error) {
    if (error) {
      return;  // gone, too slow or no HTTP: nobody to explain it to
    }
    response_ = Answer(parser_->get(), is_ready_);
    // A body is never read, so nothing after it could be told from it.
    response_.keep_alive(parser_->keep_alive() && parser_->is_done());
    response_.prepare_payload();
    serializer_.emplace(response_);
    stream_.expires_after(kTimeout);
    const auto on_write = [self = shared_from_this()](beast::error_code write_error, size_t) {
      self->OnWrite(write_error);
    };
    if (parser_->get().method() == http::verb::head) {
      http::async_write_header(stream_, *serializer_, on_write);
    } else {
      http::async_write(stream_, *serializer_, on_write);
    }
  }

  void OnWrite(beast::error_code error) {
    if (error) {
      return;
    }
    if (response_.keep_alive()) {
      Read();
    } else {
      stream_.socket().shutdown(tcp::socket::shutdown_send, error);
    }
  }

  beast::tcp_stream stream_;
  const std::function<bool()>& is_ready_;
  int& connections_count_;
  beast::flat_buffer buffer_{2 * kHeaderBytesMax};
  std::optional<http::request_parser<http::empty_body>> parser_;
  Response response_;
  std::optional<http::response_serializer<http::string_body>> serializer_;
};

class Server : public PrivateHttp {
 public:
  Server(Config config) : config_(std::move(config)) {}
  ~Server() override {
    context_.stop();
    if (thread_.joinable()) {
      thread_.join();
    }
  }

  absl::Status Listen(const tcp::endpoint& endpoint) {
    beast::error_code error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) {
      acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    }
    if (!error) {
      acceptor_.bind(endpoint, error);
    }
    if (!error) {
      acceptor_.listen(kConnectionsMax, error);
    }
    if (error) {
      return absl::FailedPreconditionError("cannot listen on " + config_.listen + ": " + error.message());
    }
    port_ = acceptor_.local_endpoint().port();
    Accept();
    thread_ = std::thread([this] { context_.run(); });
    return absl::OkStatus();
  }

  int port() const override { return port_; }

 private:
  void Accept() {
    acceptor_.async_accept([this](beast::error_code error, tcp::socket socket) {
      if (error) {
        pause_.expires_after(kAcceptPause);
        pause_.async_wait([this](beast::error_code) { Accept(); });
        return;
      }
      if (connections_count_ < kConnectionsMax) {  // one more is closed at once
        std::make_shared<Session>(std::move(socket), config_.is_ready, connections_count_)->Read();
      }
      Accept();
    });
  }

  // Constant once the thread runs.
  const Config config_;
  int port_ = 0;

  // The thread's own. Sessions live in the context's queues and count themselves out: the count must outlive it.
  int connections_count_ = 0;
  asio::io_context context_{1};
  tcp::acceptor acceptor_{context_};
  asio::steady_timer pause_{context_};

  std::thread thread_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<PrivateHttp>> PrivateHttp::Start(Config config) {
  const size_t colon = config.listen.rfind(':');
  if (colon == std::string::npos) {
    return absl::InvalidArgumentError("not host:port: " + config.listen);
  }
  std::string host = config.listen.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  asio::io_context context;
  tcp::resolver resolver(context);
  beast::error_code error;
  const auto endpoints = resolver.resolve(host, config.listen.substr(colon + 1), tcp::resolver::passive, error);
  if (error || endpoints.empty()) {
    return absl::InvalidArgumentError("not an address to listen on: " + config.listen);
  }
  auto server = std::make_unique<Server>(std::move(config));
  if (absl::Status status = server->Listen(*endpoints.begin()); !status.ok()) {
    return status;
  }
  return server;
}

}  // namespace affidavit::ops
