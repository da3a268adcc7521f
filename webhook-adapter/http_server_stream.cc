#include "webhook-adapter/http_server_stream.h"

#include <array>
#include <tuple>
#include <utility>

#include "boost/asio/as_tuple.hpp"
#include "boost/asio/error.hpp"
#include "boost/asio/use_awaitable.hpp"
#include "boost/asio/write.hpp"

namespace affidavit::adapter {
namespace {

namespace asio = boost::asio;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

}  // namespace

TimedStream::TimedStream(Socket socket, std::unique_ptr<SSL, decltype(&SSL_free)> tls)
    : socket_(std::move(socket)), timer_(socket_.get_executor()) {
  if (tls != nullptr) {
    tls_.emplace(socket_, tls.release());
  }
}

void TimedStream::ExpireAt(SteadyTime deadline) {
  deadline_ = deadline;
  expired_ = false;
  if (deadline < armed_for_) {
    Arm(deadline);
  }
}

void TimedStream::Arm(SteadyTime deadline) {
  armed_for_ = deadline;
  timer_.expires_at(deadline);
  timer_.async_wait([this, alive = std::weak_ptr<bool>(alive_)](const ErrorCode& error) {
    if (!error && !alive.expired()) {
      OnTimer();
    }
  });
}

void TimedStream::OnTimer() {
  armed_for_ = kNever;
  if (deadline_ == kNever) {
    return;
  }
  if (std::chrono::steady_clock::now() < deadline_) {
    Arm(deadline_);
    return;
  }
  expired_ = true;
  Cancel();
}

void TimedStream::Cancel() {
  ErrorCode ignored;
  socket_.cancel(ignored);
}

TimedStream::ErrorCode TimedStream::Explain(ErrorCode error) const {
  return error && expired_ ? ErrorCode(asio::error::timed_out) : error;
}

asio::awaitable<TimedStream::ErrorCode> TimedStream::Handshake() {
  ErrorCode error;
  if (tls_.has_value()) {
    std::tie(error) = co_await tls_->async_handshake(asio::ssl::stream_base::server, kAwait);
  }
  co_return Explain(error);
}

asio::awaitable<TimedStream::ReadResult> TimedStream::ReadSome(asio::mutable_buffer buffer) {
  ReadResult result;
  if (expired_) {
    result.error = asio::error::timed_out;
    co_return result;
  }
  // Not with ?: around co_await, which g++ 12 miscompiles.
  if (tls_.has_value()) {
    std::tie(result.error, result.size_bytes) = co_await tls_->async_read_some(buffer, kAwait);
  } else {
    std::tie(result.error, result.size_bytes) = co_await socket_.async_read_some(buffer, kAwait);
  }
  result.error = Explain(result.error);
  co_return result;
}

asio::awaitable<TimedStream::ErrorCode> TimedStream::Write(std::string_view bytes) {
  ErrorCode error;
  size_t written = 0;
  const asio::const_buffer buffer(bytes.data(), bytes.size());
  if (tls_.has_value()) {
    std::tie(error, written) = co_await asio::async_write(*tls_, buffer, kAwait);
  } else {
    std::tie(error, written) = co_await asio::async_write(socket_, buffer, kAwait);
  }
  co_return Explain(error);
}

asio::awaitable<void> TimedStream::Close(SteadyTime deadline) {
  ExpireAt(deadline);
  ErrorCode error;
  if (tls_.has_value()) {
    std::tie(error) = co_await tls_->async_shutdown(kAwait);
  }
  socket_.shutdown(Socket::shutdown_send, error);
  std::array<char, 4096> discarded;
  size_t size_bytes = 0;
  while (!error && !expired_) {
    std::tie(error, size_bytes) = co_await socket_.async_read_some(asio::buffer(discarded), kAwait);
  }
  Abort();
}

void TimedStream::Abort() {
  ErrorCode ignored;
  socket_.close(ignored);
  timer_.cancel();
}

}  // namespace affidavit::adapter
