#include "webhook-adapter/http_server_listen.h"

#include <netinet/in.h>  // IPV6_V6ONLY: without it asio defines no v6_only
#include <sys/socket.h>

#include <utility>

#include "absl/status/status.h"
#include "boost/asio/ip/v6_only.hpp"
#include "core/base/status_macros.h"

namespace affidavit::adapter {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

absl::StatusOr<tcp::endpoint> Resolve(const std::string& address) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos) {
    return absl::InvalidArgumentError("not host:port: " + address);
  }
  const std::string port = address.substr(colon + 1);
  std::string host = address.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  asio::io_context context;
  tcp::resolver resolver(context);
  error_code error;
  const auto found = resolver.resolve(host, port, tcp::resolver::passive, error);
  if (error || found.empty()) {
    return absl::InvalidArgumentError("not an address to listen on: " + address);
  }
  return found.begin()->endpoint();
}

enum class Sharing { kAlone, kReusePort };

error_code Bind(tcp::acceptor& acceptor, const tcp::endpoint& endpoint, Sharing sharing) {
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) {
    acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  }
  if (!error && endpoint.protocol() == tcp::v6()) {
    acceptor.set_option(asio::ip::v6_only(true), error);  // so that 0.0.0.0 and [::] can stand side by side
  }
  if (!error && sharing == Sharing::kReusePort) {
    acceptor.set_option(ReusePort(true), error);
  }
  if (!error) {
    acceptor.bind(endpoint, error);
  }
  return error;
}

}  // namespace

absl::StatusOr<Listener> ListenOn(const std::string& address, ListenScope scope,
                                  std::span<asio::io_context* const> contexts) {
  ASSIGN_OR_RETURN(tcp::endpoint endpoint, Resolve(address));
  if (scope == ListenScope::kLoopbackOnly && !endpoint.address().is_loopback()) {
    return absl::InvalidArgumentError("plain HTTP would leave this machine on " + address +
                                      ": configure TLS, or allow it explicitly");
  }
  Listener listener;
  {
    // SO_REUSEPORT would let a second adapter share the port unnoticed: see first that nobody has it.
    tcp::acceptor probe(*contexts.front());
    if (const error_code error = Bind(probe, endpoint, Sharing::kAlone)) {
      return absl::FailedPreconditionError("cannot listen on " + address + ": " + error.message());
    }
  }
  for (asio::io_context* context : contexts) {
    tcp::acceptor acceptor(*context);
    error_code error = Bind(acceptor, endpoint, Sharing::kReusePort);
    if (!error) {
      acceptor.listen(asio::socket_base::max_listen_connections, error);
    }
    if (!error) {
      endpoint = acceptor.local_endpoint(error);  // the others take the port that the first one was given
    }
    if (error) {
      return absl::FailedPreconditionError("cannot listen on " + address + ": " + error.message());
    }
    listener.acceptors.push_back(std::move(acceptor));
  }
  const std::string host = endpoint.address().to_string();
  listener.bound_address =
      (endpoint.address().is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(endpoint.port());
  return listener;
}

}  // namespace affidavit::adapter
