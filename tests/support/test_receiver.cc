#include "tests/support/test_receiver.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <utility>

#include "openssl/err.h"
#include "openssl/ssl.h"

namespace affidavit::testing {
namespace {

constexpr int kAcceptPollMs = 10;

}  // namespace

// A connection's two ends: bytes in and out, with TLS or without.
class TestReceiver::Peer {
 public:
  Peer(int descriptor, SSL_CTX* context) : descriptor_(descriptor) {
    const timeval pause{.tv_sec = 0, .tv_usec = kAcceptPollMs * 1'000};
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &pause, sizeof(pause));
    const int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (context != nullptr) {
      session_ = SSL_new(context);
      SSL_set_fd(session_, descriptor);
      SSL_set_accept_state(session_);
    }
  }
  ~Peer() {
    SSL_free(session_);
    close(descriptor_);
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  enum class Got { kBytes, kNothing, kEnd, kBroken };
  Got Read(std::string& bytes) {
    std::array<char, 16 << 10> buffer;
    if (session_ == nullptr) {
      const ssize_t count = recv(descriptor_, buffer.data(), buffer.size(), 0);
      bytes.append(buffer.data(), count > 0 ? static_cast<size_t>(count) : 0);
      return count > 0 ? Got::kBytes : count == 0 ? Got::kEnd : errno == EAGAIN ? Got::kNothing : Got::kBroken;
    }
    ERR_clear_error();
    const int count = SSL_read(session_, buffer.data(), static_cast<int>(buffer.size()));
    if (count > 0) {
      bytes.append(buffer.data(), static_cast<size_t>(count));
      return Got::kBytes;
    }
    const int error = SSL_get_error(session_, count);
    return error == SSL_ERROR_WANT_READ ? Got::kNothing : error == SSL_ERROR_ZERO_RETURN ? Got::kEnd : Got::kBroken;
  }

  void Write(const std::string& bytes) {
    if (session_ != nullptr) {
      SSL_write(session_, bytes.data(), static_cast<int>(bytes.size()));
    } else {
      send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    }
  }

  // Until the handshake is through, or will never be.
  void ShakeHands(const std::atomic<bool>& stop) {
    int result = SSL_do_handshake(session_);
    while (result != 1 && SSL_get_error(session_, result) == SSL_ERROR_WANT_READ && !stop) {
      result = SSL_do_handshake(session_);
    }
  }

  void AnswerCloseNotify() {
    if (session_ != nullptr) {
      SSL_shutdown(session_);
    }
  }

 private:
  const int descriptor_;
  SSL* session_ = nullptr;
};

TestReceiver::TestReceiver(ReceiverOptions options) : options_(std::move(options)) {
  signal(SIGPIPE, SIG_IGN);  // as every service of ours does: OpenSSL writes to who has gone
  Start();
}

TestReceiver::~TestReceiver() {
  Stop();
}

void TestReceiver::Start() {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port_));
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_, generic, size) != 0 || listen(listener_, SOMAXCONN) != 0 ||
      getsockname(listener_, generic, &size) != 0) {
    throw std::runtime_error("cannot listen on 127.0.0.1");
  }
  port_ = ntohs(address.sin_port);
  stop_ = false;
  thread_ = std::thread([this] { Run(); });
}

void TestReceiver::Stop() {
  if (thread_.joinable()) {
    stop_ = true;
    thread_.join();
    close(listener_);
  }
}

std::vector<std::string> TestReceiver::messages() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return messages_;
}

void TestReceiver::Misbehave(ReceiverFault fault, int after) {
  const std::lock_guard<std::mutex> lock(mutex_);
  fault_ = fault;
  fault_after_ = after;
}

void TestReceiver::Run() {
  SSL_CTX* context = nullptr;
  if (!options_.certificate_file.empty()) {
    context = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate_chain_file(context, options_.certificate_file.c_str());
    SSL_CTX_use_PrivateKey_file(context, options_.key_file.c_str(), SSL_FILETYPE_PEM);
  }
  while (!stop_) {
    pollfd ready{.fd = listener_, .events = POLLIN, .revents = 0};
    const int connection =
        poll(&ready, 1, kAcceptPollMs) == 1 ? accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC) : -1;
    if (connection >= 0) {
      ++connection_count_;
      Peer peer(connection, context);
      Serve(peer);
    }
  }
  SSL_CTX_free(context);
}

void TestReceiver::Serve(Peer& peer) {
  std::string pending, held_back;
  if (IsGoingEarly()) {
    peer.ShakeHands(stop_);
    peer.AnswerCloseNotify();
    return;
  }
  while (!stop_) {
    switch (peer.Read(pending)) {
      case Peer::Got::kBytes:
        if (options_.is_relp ? !TakeRelp(peer, pending, held_back) : !TakeSyslog(pending)) {
          return;
        }
        break;
      case Peer::Got::kNothing:
        break;
      case Peer::Got::kEnd: {
        const std::lock_guard<std::mutex> lock(mutex_);
        if (fault_ != ReceiverFault::kNoCloseNotify) {
          peer.AnswerCloseNotify();
        }
        return;
      }
      case Peer::Got::kBroken:
        return;
    }
  }
}

bool TestReceiver::IsGoingEarly() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return fault_ == ReceiverFault::kEarlyCloseNotify;
}

ReceiverFault TestReceiver::Take(const std::string& message) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const bool is_faulty = fault_ != ReceiverFault::kNone && fault_after_-- <= 0;
  if (is_faulty && fault_ != ReceiverFault::kReverse && fault_ != ReceiverFault::kNoCloseNotify) {
    return fault_;
  }
  messages_.push_back(message);
  return is_faulty ? fault_ : ReceiverFault::kNone;
}

bool TestReceiver::TakeRelp(Peer& peer, std::string& pending, std::string& held_back) {
  while (true) {
    // "TXNR COMMAND LENGTH DATA LF", as our sink writes it.
    const size_t command = pending.find(' ');
    const size_t length = command == std::string::npos ? command : pending.find(' ', command + 1);
    const size_t end = length == std::string::npos ? length : pending.find_first_of(" \n", length + 1);
    if (end == std::string::npos) {
      return true;
    }
    if (pending[length + 1] < '0' || pending[length + 1] > '9') {
      return false;  // not RELP
    }
    const size_t size = std::stoul(pending.substr(length + 1));
    const size_t data = size == 0 ? end : end + 1;
    if (pending.size() < data + size + 1) {
      return true;
    }
    const std::string transaction = pending.substr(0, command);
    const std::string name = pending.substr(command + 1, length - command - 1);
    const std::string message = pending.substr(data, size);
    pending.erase(0, data + size + 1);
    const ReceiverFault fault = name == "syslog" ? Take(message) : ReceiverFault::kNone;
    const std::string good = transaction + " rsp 6 200 OK\n";
    switch (fault) {
      case ReceiverFault::kBreak:
        return false;
      case ReceiverFault::kRefuse:
        peer.Write(transaction + " rsp 8 500 full\n");
        break;
      case ReceiverFault::kSilence:
        break;
      case ReceiverFault::kServerClose:
        peer.Write("0 serverclose 0\n");
        return false;
      case ReceiverFault::kReverse:
        if (held_back.empty()) {
          held_back = good;
        } else {
          peer.Write(good + std::exchange(held_back, ""));
        }
        break;
      default:
        peer.Write(good);
    }
  }
}

bool TestReceiver::TakeSyslog(std::string& pending) {
  while (true) {
    const size_t space = pending.find(' ');
    if (space == std::string::npos) {
      return true;
    }
    const size_t size = std::stoul(pending);
    if (pending.size() < space + 1 + size) {
      return true;
    }
    const ReceiverFault fault = Take(pending.substr(space + 1, size));
    pending.erase(0, space + 1 + size);
    if (fault == ReceiverFault::kBreak) {
      return false;
    }
  }
}

}  // namespace affidavit::testing
