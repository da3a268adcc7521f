#include "tests/integration/webhook-adapter/client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <csignal>
#include <cstdlib>

#include "core/base/digest.h"
#include "core/base/encoding.h"

namespace affidavit::adapter {

Client::Client(int port, const ClientOptions& options) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL, and servers hang up in these tests
  const timeval patience{.tv_sec = 10, .tv_usec = 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return;
  }
  if (!options.tls) {
    connected_ = true;
    return;
  }
  context_.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_security_level(context_.get(), 0);  // so that the old versions are offered at all
  SSL_CTX_set_min_proto_version(context_.get(), options.version_min);
  SSL_CTX_set_max_proto_version(context_.get(), options.version_max);
  if (!options.alpn.empty()) {
    const std::string offer = static_cast<char>(options.alpn.size()) + options.alpn;
    SSL_CTX_set_alpn_protos(context_.get(), reinterpret_cast<const unsigned char*>(offer.data()),
                            static_cast<unsigned>(offer.size()));
  }
  ssl_.reset(SSL_new(context_.get()));
  SSL_set_fd(ssl_.get(), socket_);
  connected_ = SSL_connect(ssl_.get()) == 1;
}

Client::~Client() {
  Drop();
}

void Client::Drop() {
  if (socket_ >= 0) {
    ::close(socket_);
    socket_ = -1;
  }
}

void Client::ShutDownSending() {
  if (ssl_ != nullptr) {
    SSL_shutdown(ssl_.get());
  }
  ::shutdown(socket_, SHUT_WR);
}

bool Client::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const int size = static_cast<int>(bytes.size());
    const ssize_t sent = ssl_ != nullptr ? SSL_write(ssl_.get(), bytes.data(), size)
                                         : ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) {
      return false;
    }
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

int Client::ReadSome(char* buffer, int size_bytes) {
  return ssl_ != nullptr ? SSL_read(ssl_.get(), buffer, size_bytes)
                         : static_cast<int>(::recv(socket_, buffer, static_cast<size_t>(size_bytes), 0));
}

bool Client::FillUntil(size_t size_bytes) {
  std::array<char, 8192> buffer;
  while (received_.size() < size_bytes) {
    const int size = ReadSome(buffer.data(), buffer.size());
    if (size <= 0) {
      return false;
    }
    received_.append(buffer.data(), static_cast<size_t>(size));
  }
  return true;
}

HttpAnswer Client::Receive(bool expect_body) {
  size_t end = std::string::npos;
  while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
    if (!FillUntil(received_.size() + 1)) {
      return {};
    }
  }
  HttpAnswer answer;
  std::string_view head = std::string_view(received_).substr(0, end + 2);
  answer.status = std::atoi(std::string(head.substr(9, 3)).c_str());
  head.remove_prefix(head.find("\r\n") + 2);
  while (!head.empty()) {
    const std::string_view line = head.substr(0, head.find("\r\n"));
    head.remove_prefix(line.size() + 2);
    std::string name(line.substr(0, line.find(':')));
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    answer.headers[name] = line.substr(line.find(':') + 2);
  }
  received_.erase(0, end + 4);
  const auto length = answer.headers.find("content-length");
  if (expect_body && length != answer.headers.end()) {
    const size_t size = std::stoul(length->second);
    if (!FillUntil(size)) {
      return {};
    }
    answer.body = received_.substr(0, size);
    received_.erase(0, size);
  }
  return answer;
}

bool Client::ReadsEnd() {
  if (!received_.empty()) {
    return false;
  }
  char byte = 0;
  const int size = ReadSome(&byte, 1);
  if (ssl_ != nullptr) {
    return size <= 0 && SSL_get_error(ssl_.get(), size) == SSL_ERROR_ZERO_RETURN;
  }
  return size == 0;
}

std::string Client::alpn() const {
  const unsigned char* protocol = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &protocol, &size);
  return {reinterpret_cast<const char*>(protocol), size};
}

std::string Client::common_name() const {
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(SSL_get1_peer_certificate(ssl_.get()), X509_free);
  std::array<char, 256> name{};
  X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name.data(), name.size());
  return name.data();
}

std::string Signature(std::string_view body, std::string_view secret) {
  return HexEncode(AsBytes(HmacSha256(secret, {body})));
}

std::string SignedPost(std::string_view body, std::string_view secret, std::string_view extra, std::string_view path) {
  return std::string("POST ")
      .append(path)
      .append(" HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nx-genesys-signature: ")
      .append(Signature(body, secret))
      .append("\r\nContent-Length: ")
      .append(std::to_string(body.size()))
      .append("\r\n")
      .append(extra)
      .append("\r\n")
      .append(body);
}

}  // namespace affidavit::adapter
