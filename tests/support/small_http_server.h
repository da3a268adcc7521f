// A small HTTP/1.1 server for outsiders that tests need: one request a connection, one connection at a time.
// Thread-safe.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>

namespace affidavit::testing {

struct HttpRequest {
  std::string method, path, content_type, body;
  std::string head;  // the request line and all headers, as they came
};

struct HttpResponse {
  int status = 200;  // 0: the connection is closed without an answer
  std::string content_type;
  std::string body;
  std::string headers;  // more of them, each ending in "\r\n"
};

class SmallHttpServer {
 public:
  using Handler = std::function<HttpResponse(const HttpRequest&)>;

  // Serves on a free port of 127.0.0.1; `handler` is called on its thread. Throws std::runtime_error.
  explicit SmallHttpServer(Handler handler);
  ~SmallHttpServer();
  SmallHttpServer(const SmallHttpServer&) = delete;
  SmallHttpServer& operator=(const SmallHttpServer&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  int request_count() const { return request_count_; }

 private:
  void Run();
  void Serve(int connection);

  const Handler handler_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stop_ = false;
  std::atomic<int> request_count_ = 0;
  std::thread thread_;
};

}  // namespace affidavit::testing
