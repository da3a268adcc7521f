#include "services/siem/tls_connection.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>

#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/base/text.h"

namespace affidavit::siem {
namespace {

using Deadline = SinkConnection::Deadline;

constexpr size_t kTlsReadBytes = 16 << 10;  // a record

struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
struct FreeSession {
  void operator()(SSL* session) const { SSL_free(session); }
};

using TlsContext = std::unique_ptr<SSL_CTX, FreeContext>;
using TlsSession = std::unique_ptr<SSL, FreeSession>;

std::string TlsReason() {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  ERR_clear_error();
  return reason == nullptr ? "the connection broke" : reason;
}

class TlsConnection : public SinkConnection {
 public:
  TlsConnection(std::unique_ptr<SinkSocket> socket, TlsContext context, TlsSession session)
      : socket_(std::move(socket)), context_(std::move(context)), session_(std::move(session)) {}

  absl::Status Handshake(Deadline deadline) {
    absl::Status status = Do([this] { return SSL_connect(session_.get()); }, "TLS", deadline);
    const long verdict = SSL_get_verify_result(session_.get());
    if (!status.ok() && verdict != X509_V_OK) {
      return absl::PermissionDeniedError(
          absl::StrCat("the sink's certificate: ", X509_verify_cert_error_string(verdict)));
    }
    return status;
  }

  absl::Status Write(std::string_view bytes, Deadline deadline) override {
    size_t written = 0;
    return bytes.empty() ? absl::OkStatus()
                         : Do([&] { return SSL_write_ex(session_.get(), bytes.data(), bytes.size(), &written); },
                              "write", deadline);
  }

  absl::StatusOr<std::string> Read(Deadline deadline) override {
    std::string bytes(kTlsReadBytes, '\0');
    size_t got = 0;
    RETURN_IF_ERROR(
        Do([&] { return SSL_read_ex(session_.get(), bytes.data(), bytes.size(), &got); }, "read", deadline));
    bytes.resize(got);
    return bytes;
  }

  absl::Status Finish(Deadline deadline) override {
    // 0: ours is sent, the other side's has not come yet.
    RETURN_IF_ERROR(Do([this] { return SSL_shutdown(session_.get()) >= 0 ? 1 : -1; }, "close", deadline));
    absl::Status status;
    while (status.ok()) {
      status = Read(deadline).status();
    }
    if (!absl::IsOutOfRange(status)) {
      return status;
    }
    // A receiver that stops of its own accord says close_notify, too, whatever it has left unread.
    return socket_->AwaitEnd(deadline);
  }

  bool HasInput() override { return SSL_pending(session_.get()) > 0 || socket_->HasInput(); }

 private:
  // Repeats `step` until it is through, waiting as OpenSSL asks.
  template <typename Step>
  absl::Status Do(const Step& step, std::string_view doing, Deadline deadline) {
    while (true) {
      ERR_clear_error();
      const int result = step();
      if (result == 1) {
        return absl::OkStatus();
      }
      switch (SSL_get_error(session_.get(), result)) {
        case SSL_ERROR_WANT_READ:
          RETURN_IF_ERROR(socket_->Wait(POLLIN, deadline));
          break;
        case SSL_ERROR_WANT_WRITE:
          RETURN_IF_ERROR(socket_->Wait(POLLOUT, deadline));
          break;
        case SSL_ERROR_ZERO_RETURN:
          return absl::OutOfRangeError("the other side closed the connection");
        case SSL_ERROR_SSL:
          return Refused(doing);
        default:
          return absl::UnavailableError(Concat({doing, ": ", TlsReason()}));
      }
    }
  }

  // A connection that only broke is over by itself; an alert of the other side's TLS is not.
  static absl::Status Refused(std::string_view doing) {
    const bool broke = ERR_GET_REASON(ERR_peek_last_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
    const std::string why = Concat({doing, ": ", TlsReason()});
    return broke ? absl::UnavailableError(why) : absl::PermissionDeniedError(why);
  }

  const std::unique_ptr<SinkSocket> socket_;
  const TlsContext context_;
  const TlsSession session_;
};

absl::StatusOr<TlsContext> MakeContext(const SinkAddress& address) {
  TlsContext context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_mode(context.get(), SSL_MODE_AUTO_RETRY);
  ERR_clear_error();
  if (SSL_CTX_load_verify_file(context.get(), address.ca_file.c_str()) != 1) {
    return absl::InvalidArgumentError(absl::StrCat(address.ca_file, ": ", TlsReason()));
  }
  if (!address.certificate_file.empty() &&
      (SSL_CTX_use_certificate_chain_file(context.get(), address.certificate_file.c_str()) != 1 ||
       SSL_CTX_use_PrivateKey_file(context.get(), address.key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
       SSL_CTX_check_private_key(context.get()) != 1)) {
    return absl::InvalidArgumentError(
        absl::StrCat(address.certificate_file, " and ", address.key_file, ": ", TlsReason()));
  }
  return context;
}

bool IsIpAddress(const std::string& host) {
  in6_addr ignored;
  return inet_pton(AF_INET, host.c_str(), &ignored) == 1 || inet_pton(AF_INET6, host.c_str(), &ignored) == 1;
}

}  // namespace

absl::StatusOr<std::unique_ptr<SinkConnection>> StartTls(const SinkAddress& address, std::unique_ptr<SinkSocket> socket,
                                                         SinkConnection::Deadline deadline) {
  ASSIGN_OR_RETURN(TlsContext context, MakeContext(address));
  TlsSession session(SSL_new(context.get()));
  SSL_set_fd(session.get(), socket->descriptor());
  if (IsIpAddress(address.host)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session.get()), address.host.c_str());
  } else {
    SSL_set1_host(session.get(), address.host.c_str());
    SSL_set_tlsext_host_name(session.get(), address.host.c_str());
  }
  auto connection = std::make_unique<TlsConnection>(std::move(socket), std::move(context), std::move(session));
  RETURN_IF_ERROR(connection->Handshake(deadline));
  return connection;
}

}  // namespace affidavit::siem
