#include "tests/support/socket_gate.h"

#include <libpq-fe.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"

namespace affidavit::testing {
namespace {

constexpr std::string_view kCommit("COMMIT\0", 7);  // the text of a Parse message ends with NUL

sockaddr_un AddressOf(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    throw std::runtime_error("socket path too long: " + path);
  }
  std::copy(path.begin(), path.end(), address.sun_path);
  return address;
}

int ConnectTo(const std::string& path) {
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_un address = AddressOf(path);
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    ::close(socket);
    return -1;
  }
  return socket;
}

bool SendAll(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) {
      return false;
    }
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

std::map<std::string, std::string> KeywordsOf(const std::string& url) {
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(PQconninfoParse(url.c_str(), nullptr),
                                                                            PQconninfoFree);
  std::map<std::string, std::string> values;
  for (const PQconninfoOption* option = parsed.get(); option != nullptr && option->keyword != nullptr; ++option) {
    if (option->val != nullptr) {
      values[option->keyword] = option->val;
    }
  }
  return values;
}

}  // namespace

// One client's connection and ours to Postgres for it; a thread of its own.
class SocketGate::Link {
 public:
  Link(SocketGate* gate, int client, int server)
      : gate_(gate), client_(client), server_(server), thread_([this] { Run(); }) {}

  ~Link() {
    Cut();
    thread_.join();
    ::close(client_);
    ::close(server_);
  }

  void Cut() {
    ::shutdown(client_, SHUT_RDWR);
    ::shutdown(server_, SHUT_RDWR);
  }

 private:
  void Run() {
    while (Step()) {
    }
    Cut();
  }

  // Forwards what there is. Returns whether to go on.
  bool Step() {
    std::array<pollfd, 2> sockets = {pollfd{client_, POLLIN, 0}, pollfd{server_, POLLIN, 0}};
    if (::poll(sockets.data(), sockets.size(), -1) < 0) {
      return errno == EINTR;
    }
    if (sockets[0].revents != 0) {
      const std::optional<std::string> bytes = Read(client_);
      return bytes.has_value() && FromClient(*bytes);
    }
    const std::optional<std::string> bytes = Read(server_);
    return bytes.has_value() && (stalled_ || SendAll(client_, *bytes));
  }

  bool FromClient(const std::string& bytes) {
    tail_ += bytes;
    const bool has_commit = tail_.find(kCommit) != std::string::npos;
    tail_ = has_commit ? "" : tail_.substr(tail_.size() - std::min(tail_.size(), kCommit.size() - 1));
    const AtCommit what = has_commit ? gate_->at_commit_.exchange(AtCommit::kForward) : AtCommit::kForward;
    switch (what) {
      case AtCommit::kForward:
        return SendAll(server_, bytes);
      case AtCommit::kCutBefore:
        return false;
      case AtCommit::kCutAfter:
        // Postgres answers the whole round trip at once, after the commit.
        return SendAll(server_, bytes) && Read(server_).has_value() && false;
      case AtCommit::kStall:
        stalled_ = true;
        return SendAll(server_, bytes);
    }
    return false;
  }

  static std::optional<std::string> Read(int socket) {
    std::string bytes(65'536, '\0');
    const ssize_t size = ::recv(socket, bytes.data(), bytes.size(), 0);
    if (size <= 0) {
      return std::nullopt;
    }
    bytes.resize(static_cast<size_t>(size));
    return bytes;
  }

  SocketGate* const gate_;
  const int client_;
  const int server_;
  std::string tail_;
  bool stalled_ = false;
  std::thread thread_;
};

SocketGate::SocketGate(const std::string& url) {
  std::map<std::string, std::string> values = KeywordsOf(url);
  const std::string port = values.contains("port") ? values["port"] : "5432";
  upstream_path_ = values["host"] + "/.s.PGSQL." + port;
  std::string directory = (std::filesystem::temp_directory_path() / "affidavit-gate.XXXXXX").string();
  if (::mkdtemp(directory.data()) == nullptr) {
    throw std::runtime_error("no temporary directory for the gate");
  }
  directory_ = directory;
  values["host"] = directory_;
  for (const auto& [keyword, value] : values) {
    absl::StrAppend(&url_, url_.empty() ? "" : " ", keyword, "='", value, "'");
  }
  listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_un address = AddressOf(directory_ + "/.s.PGSQL." + port);
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      ::listen(listener_, 16) != 0 || ::pipe(stop_pipe_) != 0) {
    throw std::runtime_error(std::string("gate: ") +
                             std::strerror(errno));  // NOLINT(concurrency-mt-unsafe): no threads yet
  }
  acceptor_ = std::thread([this] { Accept(); });
}

SocketGate::~SocketGate() {
  ::close(stop_pipe_[1]);
  acceptor_.join();
  links_.clear();
  ::close(stop_pipe_[0]);
  ::close(listener_);
  std::filesystem::remove_all(directory_);
}

void SocketGate::SetAtCommit(AtCommit what) {
  at_commit_ = what;
}

void SocketGate::CutAll() {
  const std::lock_guard lock(mutex_);
  for (const std::unique_ptr<Link>& link : links_) {
    link->Cut();
  }
}

void SocketGate::Accept() {
  while (true) {
    std::array<pollfd, 2> sockets = {pollfd{listener_, POLLIN, 0}, pollfd{stop_pipe_[0], POLLIN, 0}};
    if (::poll(sockets.data(), sockets.size(), -1) < 0 && errno == EINTR) {
      continue;
    }
    if (sockets[1].revents != 0) {
      return;
    }
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const int server = ConnectTo(upstream_path_);
    if (client < 0 || server < 0) {
      ::close(client);
      ::close(server);
      continue;
    }
    ++connection_count_;
    const std::lock_guard lock(mutex_);
    links_.push_back(std::make_unique<Link>(this, client, server));
  }
}

}  // namespace affidavit::testing
