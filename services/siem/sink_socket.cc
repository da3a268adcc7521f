#include "services/siem/sink_socket.h"

#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/base/text.h"

namespace affidavit::siem {
namespace {

absl::StatusOr<std::unique_ptr<SinkSocket>> ConnectTo(const addrinfo& where, const Canceller& canceller,
                                                      SinkSocket::Deadline deadline) {
  const int descriptor = socket(where.ai_family, where.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, where.ai_protocol);
  if (descriptor < 0) {
    return SinkSocketError("socket");
  }
  auto made = std::make_unique<SinkSocket>(descriptor, canceller);
  const int on = 1;
  setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  if (connect(descriptor, where.ai_addr, where.ai_addrlen) != 0 && errno != EINPROGRESS) {
    return SinkSocketError("connect");
  }
  RETURN_IF_ERROR(made->Wait(POLLOUT, deadline));
  int error = 0;
  socklen_t size = sizeof(error);
  getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size);
  return error == 0 ? absl::StatusOr<std::unique_ptr<SinkSocket>>(std::move(made))
                    : absl::UnavailableError(absl::StrCat("connect: ", std::generic_category().message(error)));
}

}  // namespace

absl::StatusOr<std::unique_ptr<SinkSocket>> SinkSocket::Connect(const std::string& host, const std::string& port,
                                                                const Canceller& canceller, Deadline deadline) {
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int code = getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
  if (code != 0) {
    return absl::UnavailableError(absl::StrCat(host, ": ", gai_strerror(code)));
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> list(found, freeaddrinfo);
  absl::StatusOr<std::unique_ptr<SinkSocket>> connected = absl::UnavailableError("no address");
  for (const addrinfo* where = found; where != nullptr && !connected.ok(); where = where->ai_next) {
    connected = ConnectTo(*where, canceller, deadline);
    if (absl::IsCancelled(connected.status())) {
      break;
    }
  }
  return connected;
}

SinkSocket::~SinkSocket() {
  close(descriptor_);
}

absl::Status SinkSocket::Wait(short events, Deadline deadline) const {
  std::array<pollfd, 2> waits = {pollfd{descriptor_, events, 0}, pollfd{canceller_.descriptor(), POLLIN, 0}};
  while (true) {
    if (canceller_.is_cancelled()) {
      return absl::CancelledError("stopped");
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) {
      return absl::UnavailableError("no answer in time");
    }
    const int ready = poll(waits.data(), waits.size(), static_cast<int>(std::min<int64_t>(left.count(), 60'000)));
    if (ready < 0 && errno != EINTR) {
      return absl::UnavailableError(absl::StrCat("poll: ", std::generic_category().message(errno)));
    }
    if (waits[0].revents != 0) {
      return absl::OkStatus();
    }
  }
}

absl::Status SinkSocket::AwaitEnd(Deadline deadline) const {
  std::array<char, 4096> dropped;
  while (true) {
    const ssize_t got = recv(descriptor_, dropped.data(), dropped.size(), 0);
    if (got == 0) {
      break;
    }
    if (got < 0 && errno == EAGAIN) {
      RETURN_IF_ERROR(Wait(POLLIN, deadline));
    } else if (got < 0 && errno != EINTR) {
      return SinkSocketError("close");
    }
  }
  int unread = 0;
  return ioctl(descriptor_, SIOCOUTQ, &unread) == 0 && unread == 0
             ? absl::OkStatus()
             : absl::UnavailableError("the other side closed the connection before it had read all");
}

bool SinkSocket::HasInput() const {
  pollfd wait{descriptor_, POLLIN | POLLRDHUP, 0};
  return poll(&wait, 1, 0) > 0;
}

absl::Status SinkSocketError(std::string_view doing) {
  return absl::UnavailableError(Concat({doing, ": ", std::generic_category().message(errno)}));
}

}  // namespace affidavit::siem
