#include "services/siem/sink_connection.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "core/base/status_macros.h"
#include "services/siem/sink_socket.h"
#include "services/siem/tls_connection.h"

namespace affidavit::siem {
namespace {

constexpr size_t kPlainReadBytes = 16 << 10;

class PlainConnection : public SinkConnection {
 public:
  explicit PlainConnection(std::unique_ptr<SinkSocket> socket) : socket_(std::move(socket)) {}

  absl::Status Write(std::string_view bytes, Deadline deadline) override {
    while (!bytes.empty()) {
      const ssize_t written = send(socket_->descriptor(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (written > 0) {
        bytes.remove_prefix(static_cast<size_t>(written));
      } else if (errno == EAGAIN) {
        RETURN_IF_ERROR(socket_->Wait(POLLOUT, deadline));
      } else if (errno != EINTR) {
        return SinkSocketError("write");
      }
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> Read(Deadline deadline) override {
    std::string bytes(kPlainReadBytes, '\0');
    while (true) {
      const ssize_t got = recv(socket_->descriptor(), bytes.data(), bytes.size(), 0);
      if (got > 0) {
        bytes.resize(static_cast<size_t>(got));
        return bytes;
      }
      if (got == 0) {
        return absl::OutOfRangeError("the other side closed the connection");
      }
      if (errno == EAGAIN) {
        RETURN_IF_ERROR(socket_->Wait(POLLIN, deadline));
      } else if (errno != EINTR) {
        return SinkSocketError("read");
      }
    }
  }

  absl::Status Finish(Deadline deadline) override {
    if (shutdown(socket_->descriptor(), SHUT_WR) != 0) {
      return SinkSocketError("shutdown");
    }
    return socket_->AwaitEnd(deadline);
  }

  bool HasInput() override { return socket_->HasInput(); }

 private:
  const std::unique_ptr<SinkSocket> socket_;
};

}  // namespace

absl::StatusOr<SinkAddress> ParseSinkTarget(std::string_view target) {
  const size_t colon = target.rfind(':');
  SinkAddress address;
  if (colon != std::string_view::npos) {
    std::string_view host = target.substr(0, colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
      host = host.substr(1, host.size() - 2);
    }
    address.host = std::string(host);
    address.port = std::string(target.substr(colon + 1));
  }
  if (address.host.empty() || address.port.empty()) {
    return absl::InvalidArgumentError("a sink's target is host:port");
  }
  return address;
}

absl::StatusOr<std::unique_ptr<SinkConnection>> SinkConnection::Open(const SinkAddress& address,
                                                                     const Canceller& canceller, Deadline deadline) {
  ASSIGN_OR_RETURN(std::unique_ptr<SinkSocket> socket,
                   SinkSocket::Connect(address.host, address.port, canceller, deadline));
  if (address.ca_file.empty()) {
    return std::make_unique<PlainConnection>(std::move(socket));
  }
  return StartTls(address, std::move(socket), deadline);
}

}  // namespace affidavit::siem
