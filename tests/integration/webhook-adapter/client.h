// A raw HTTP client over OpenSSL: sends whatever bytes a test wants, in whatever pieces, and reads one response at a
// time. Every wait ends after ten seconds.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "openssl/ssl.h"

namespace affidavit::adapter {

struct HttpAnswer {
  int status = 0;                              // 0: the connection ended without one
  std::map<std::string, std::string> headers;  // lower-case names
  std::string body;
};

struct ClientOptions {
  bool tls = true;
  int version_min = 0, version_max = 0;  // TLS1_2_VERSION; 0 is the library's default
  std::string alpn;                      // "h2", "http/1.1"; empty offers none
};

class Client {
 public:
  explicit Client(int port, const ClientOptions& options = {});
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  bool connected() const { return connected_; }  // the TLS handshake too

  // False when the connection broke.
  bool Send(std::string_view bytes);
  // Nothing but a status line and its header for a HEAD or a 100.
  HttpAnswer Receive(bool expect_body = true);
  HttpAnswer Exchange(std::string_view request) { return Send(request) ? Receive() : HttpAnswer(); }
  // True when the server ended the connection and sent nothing more; with TLS it must have said goodbye.
  bool ReadsEnd();
  // Says no more, and reads on.
  void ShutDownSending();
  // Goes away without a word.
  void Drop();

  std::string tls_version() const { return SSL_get_version(ssl_.get()); }
  std::string alpn() const;
  std::string common_name() const;  // of the server's certificate

 private:
  int ReadSome(char* buffer, int size_bytes);
  bool FillUntil(size_t size_bytes);

  int socket_ = -1;
  bool connected_ = false;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_{nullptr, SSL_CTX_free};
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, SSL_free};
  std::string received_;  // beyond the last response
};

// A signed POST of `body` as the platform sends it; `extra` are further header lines, each with its line end.
std::string SignedPost(std::string_view body, std::string_view secret, std::string_view extra = "",
                       std::string_view path = "/genesys/telemetry");
std::string Signature(std::string_view body, std::string_view secret);

}  // namespace affidavit::adapter
