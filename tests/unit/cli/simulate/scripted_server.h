// A plain HTTP/1.1 server on 127.0.0.1 that answers each request as a test's function says. Keep-alive; a thread a
// connection.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace affidavit::simulate {

struct ScriptedAnswer {
  int status = 200;  // 0: close the connection without an answer
  std::string body;
  std::string headers;  // "Name: value\r\n" each
};

class ScriptedServer {
 public:
  struct Request {
    std::map<std::string, std::string> headers;  // lower-case names
    std::string body;
  };
  using Script = std::function<ScriptedAnswer(const Request&)>;

  // `script` is called from many threads at once.
  explicit ScriptedServer(Script script)
      : script_(std::move(script)), listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
    listen(listener_, 64);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { Accept(); });
  }
  ~ScriptedServer() {
    shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    close(listener_);
    {
      const std::lock_guard lock(mutex_);
      for (const int connection : connections_) {
        shutdown(connection, SHUT_RDWR);
      }
    }
    for (std::thread& thread : threads_) {
      thread.join();
    }
    for (const int connection : connections_) {
      close(connection);
    }
  }
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/genesys/telemetry"; }

 private:
  void Accept() {
    while (true) {
      const int connection = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection < 0) {
        return;
      }
      const std::lock_guard lock(mutex_);
      connections_.push_back(connection);
      threads_.emplace_back([this, connection] { Serve(connection); });
    }
  }

  void Serve(int connection) {
    std::string buffer;
    while (true) {
      const size_t head_end = ReadUntil(connection, buffer, [&] { return buffer.find("\r\n\r\n"); });
      if (head_end == std::string::npos) {
        return;
      }
      Request request{.headers = ParseHeaders(buffer.substr(0, head_end))};
      const size_t body_size = std::strtoul(request.headers["content-length"].c_str(), nullptr, 10);
      const size_t whole = head_end + 4 + body_size;
      if (ReadUntil(connection, buffer, [&] { return buffer.size() >= whole ? whole : std::string::npos; }) ==
          std::string::npos) {
        return;
      }
      request.body = buffer.substr(head_end + 4, body_size);
      buffer.erase(0, whole);
      const ScriptedAnswer answer = script_(request);
      if (answer.status == 0) {
        shutdown(connection, SHUT_RDWR);
        return;
      }
      const std::string text = "HTTP/1.1 " + std::to_string(answer.status) +
                               " -\r\nContent-Length: " + std::to_string(answer.body.size()) + "\r\n" + answer.headers +
                               "\r\n" + answer.body;
      if (send(connection, text.data(), text.size(), MSG_NOSIGNAL) < 0) {
        return;
      }
    }
  }

  static size_t ReadUntil(int connection, std::string& buffer, const std::function<size_t()>& found) {
    while (found() == std::string::npos) {
      char bytes[4096];
      const ssize_t count = recv(connection, bytes, sizeof(bytes), 0);
      if (count <= 0) {
        return std::string::npos;
      }
      buffer.append(bytes, static_cast<size_t>(count));
    }
    return found();
  }

  static std::map<std::string, std::string> ParseHeaders(const std::string& head) {
    std::map<std::string, std::string> headers;
    for (size_t begin = head.find("\r\n"); begin != std::string::npos; begin = head.find("\r\n", begin + 2)) {
      const size_t end = head.find("\r\n", begin + 2), colon = head.find(": ", begin + 2);
      if (colon < std::min(end, head.size())) {
        std::string name = head.substr(begin + 2, colon - begin - 2);
        for (char& c : name) {
          c = static_cast<char>(tolower(c));
        }
        headers[name] = head.substr(colon + 2, end == std::string::npos ? end : end - colon - 2);
      }
    }
    return headers;
  }

  const Script script_;
  const int listener_;
  int port_ = 0;
  std::mutex mutex_;
  std::vector<int> connections_;  // guarded by mutex_ until the acceptor has ended
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace affidavit::simulate
