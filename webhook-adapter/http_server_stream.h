// A TCP connection, with TLS or without, whose operations end at one deadline. Moving the deadline costs no timer
// operation while it moves ahead, as it does with every request. Belongs to one io_context's only thread; one operation
// at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include "boost/asio/awaitable.hpp"
#include "boost/asio/buffer.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/ssl/stream.hpp"
#include "boost/asio/steady_timer.hpp"

namespace affidavit::adapter {

class TimedStream {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using SteadyTime = std::chrono::steady_clock::time_point;
  using ErrorCode = boost::system::error_code;

  static constexpr SteadyTime kNever = SteadyTime::max();

  struct ReadResult {
    ErrorCode error;
    size_t size_bytes = 0;
  };

  // Plain TCP without `tls`, which must be one connection's own.
  TimedStream(Socket socket, std::unique_ptr<SSL, decltype(&SSL_free)> tls);

  // From now on operations end with asio::error::timed_out at `deadline`.
  void ExpireAt(SteadyTime deadline);

  // Ends the operation that is under way, if one is, with asio::error::operation_aborted.
  void Cancel();

  // Nothing to do, and OK, without TLS.
  boost::asio::awaitable<ErrorCode> Handshake();
  boost::asio::awaitable<ReadResult> ReadSome(boost::asio::mutable_buffer buffer);
  boost::asio::awaitable<ErrorCode> Write(std::string_view bytes);

  // Says goodbye and waits until `deadline` for the peer to do so too: closing over bytes that nobody has read would
  // reset the connection, and the peer might never see the last answer.
  boost::asio::awaitable<void> Close(SteadyTime deadline);

  // Closes at once.
  void Abort();

 private:
  void Arm(SteadyTime deadline);
  void OnTimer();
  // What the peer sees of an operation that the deadline ended is asio's abort; what we want to know is why.
  ErrorCode Explain(ErrorCode error) const;

  Socket socket_;
  std::optional<boost::asio::ssl::stream<Socket&>> tls_;
  boost::asio::steady_timer timer_;
  SteadyTime deadline_ = kNever;
  SteadyTime armed_for_ = kNever;
  bool expired_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // a timer's handler may be queued when this goes
};

}  // namespace affidavit::adapter
