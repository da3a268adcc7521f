// Requests over libcurl for one server: connections are kept alive and shared out among threads, certificates verified,
// no redirects, no proxies; every request within its deadline and every answer within a bound. A request goes over the
// wire at most once: libcurl's own silent repetition on a connection that has died is refused. Thread-safe.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace affidavit::objectstore {

struct HttpTransportOptions {
  std::string ca_file;  // PEM roots; empty: the system's
  std::chrono::milliseconds connect_timeout{5'000};
  size_t header_bytes_max = 64 << 10;
  size_t idle_connections_max = 64;
};

struct HttpCall {
  std::string_view method;
  std::string url;                                           // encoded; goes out as it is
  std::vector<std::pair<std::string, std::string>> headers;  // Host among them
  std::string_view body;                                     // must live until the call returns
  size_t answer_bytes_max = 1 << 20;
  std::chrono::milliseconds timeout{10'000};  // connecting included
};

struct HttpResult {
  int status = 0;                              // 0: no answer, `failure` says why
  std::map<std::string, std::string> headers;  // names in lower case; of several of one name the last
  std::string body;
  std::string failure;
  bool was_sent = false;    // false: surely not one byte of it reached the server
  bool is_too_big = false;  // the answer; asking again will not help
};

class HttpTransport {
 public:
  explicit HttpTransport(HttpTransportOptions options);
  ~HttpTransport();
  HttpTransport(const HttpTransport&) = delete;
  HttpTransport& operator=(const HttpTransport&) = delete;

  HttpResult Perform(const HttpCall& call);

 private:
  class Pool;
  const HttpTransportOptions options_;
  const std::unique_ptr<Pool> pool_;
};

}  // namespace affidavit::objectstore
