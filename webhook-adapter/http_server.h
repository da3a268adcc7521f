// HTTP/1.1 over TLS: accepts events, has Intake check them and Batcher store them, and answers when the ledger has
// answered, or after answer_timeout at the latest. One io_context a thread, each with acceptors of its own
// (SO_REUSEPORT): a connection belongs to one thread for all its life. Free of Beast; http_server*.cc are not.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "webhook-adapter/batcher.h"
#include "webhook-adapter/intake.h"

namespace affidavit::adapter {

struct HttpServerOptions {
  std::vector<std::string> listen = {"127.0.0.1:0"};  // host:port; port 0 picks one
  std::string certificate_file, key_file;             // PEM; both empty: plain HTTP
  bool plain_http_anywhere = false;                   // plain HTTP on addresses that are not loopback
  int threads = 2;
  int connections_max = 1024;  // further ones are closed at once
  int64_t body_bytes_max = 1 << 20;
  int64_t in_flight_bytes_max = 256 << 20;
  int header_bytes_max = 16 << 10;
  // Of TLS handshake and of header, each counted from its first byte; also what a response may take to be written.
  std::chrono::milliseconds header_timeout{10'000};
  std::chrono::milliseconds body_timeout{20'000};
  std::chrono::milliseconds idle_timeout{75'000};
  std::chrono::milliseconds answer_timeout{8'000};
};

class HttpServer {
 public:
  // FAILED_PRECONDITION when an address cannot be bound; INVALID_ARGUMENT for files that cannot be used, and for plain
  // HTTP on an address that is not loopback. `intake` must outlive the server, and so must `batcher`, which must have
  // been drained before the server goes.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(HttpServerOptions options, const Intake& intake,
                                                           Batcher& batcher);
  virtual ~HttpServer() = default;  // closes what is open and joins

  // "127.0.0.1:8443", with the port really bound.
  virtual const std::vector<std::string>& bound_addresses() const = 0;

  // New connections get what the files hold now. On an error everything stays as it was. OK without TLS.
  virtual absl::Status ReloadTls() = 0;

  // Stops accepting and closes idle connections; what is being received is still answered, then its connection closed.
  virtual void BeginDrain() = 0;

  // True iff the last connection was closed before `deadline`. Call after BeginDrain.
  virtual bool WaitUntilIdle(std::chrono::steady_clock::time_point deadline) = 0;
};

}  // namespace affidavit::adapter
