// Listening sockets: one a thread on the same address, so that the kernel spreads connections over the threads.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"

namespace affidavit::adapter {

struct Listener {
  std::string bound_address;  // "127.0.0.1:8443", "[::1]:8443": with the port that was really bound
  std::vector<boost::asio::ip::tcp::acceptor> acceptors;  // one for each context
};

enum class ListenScope { kAnywhere, kLoopbackOnly };

// `address` is host:port; of a name that stands for several addresses the first is taken. INVALID_ARGUMENT when it is
// none or out of scope, FAILED_PRECONDITION when it cannot be bound: another process on the same port is an error, not
// a partner.
absl::StatusOr<Listener> ListenOn(const std::string& address, ListenScope scope,
                                  std::span<boost::asio::io_context* const> contexts);

}  // namespace affidavit::adapter
