// One connection of a sender: reads requests one after the other, checks them in the order of the HTTP contract, has
// authentic bodies stored and answers. Belongs to one io_context's only thread.
//
// 1. idle        waits for the first byte of a request; a drain ends it here
// 2. header      until header_timeout after its first byte; refusals that need no body are answered from it
// 3. body        until body_timeout; its bytes are reserved from the budget first
// 4. storing     the batcher has the envelope; it is appended even if the sender hangs up
// 5. answered    back to 1, or closed
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/steady_timer.hpp"
#include "boost/beast/core/flat_buffer.hpp"
#include "boost/beast/http/parser.hpp"
#include "boost/beast/http/string_body.hpp"
#include "ops/alert_limiter.h"
#include "prometheus/histogram.h"
#include "webhook-adapter/byte_budget.h"
#include "webhook-adapter/http_server.h"
#include "webhook-adapter/http_server_stream.h"
#include "webhook-adapter/responses.h"

namespace affidavit::adapter {

// What all sessions share. Thread-safe; outlives them.
struct SessionShared {
  const HttpServerOptions options;
  const Intake& intake;
  Batcher& batcher;
  ByteBudget budget;
  prometheus::Histogram& request_seconds;  // last byte to answer
  ops::AlertLimiter limiter;
  std::atomic<bool> draining{false};
};

class Session : public std::enable_shared_from_this<Session> {
 public:
  using Tls = std::unique_ptr<SSL, decltype(&SSL_free)>;

  Session(boost::asio::io_context& context, boost::asio::ip::tcp::socket socket, Tls tls, SessionShared& shared);

  // The connection's whole life. The caller keeps the session alive for as long.
  boost::asio::awaitable<void> Run();

  // shared.draining is set: ends now if idle.
  void OnDrain();

 private:
  using ErrorCode = boost::system::error_code;
  using SteadyTime = std::chrono::steady_clock::time_point;
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  enum class Next { kRequest, kClose };

  boost::asio::awaitable<Next> ServeOne();
  boost::asio::awaitable<bool> WaitForFirstByte();
  // Feeds the parser until its header, or all of the message, is done.
  boost::asio::awaitable<ErrorCode> ReadHeader();
  boost::asio::awaitable<ErrorCode> ReadBody();
  boost::asio::awaitable<ErrorCode> ReadMore();
  boost::asio::awaitable<Response> Store(Envelope envelope, ByteBudget::Lease lease, SteadyTime last_byte);
  boost::asio::awaitable<Next> Receive(const Source& source);
  boost::asio::awaitable<Next> Respond(const RequestCounters& counters, Response response, Next next);
  boost::asio::awaitable<Next> RespondToBrokenRequest(const RequestCounters& counters, const Source* source,
                                                      ErrorCode error);

  // Why the header alone is enough to refuse the request, if it is.
  std::optional<Answer> RefusalOfHeader(const Source* source) const;
  // True iff the body lay in the buffer already and is out of the way now.
  bool SkipBufferedBody();
  std::optional<std::string_view> UniqueHeader(std::string_view name) const;
  void OnResult(uint64_t ticket, absl::StatusOr<AppendResult> result);
  void LogUnavailable(const std::string& reason);

  boost::asio::io_context& context_;
  SessionShared& shared_;
  TimedStream stream_;
  boost::beast::flat_buffer buffer_;
  std::string out_;
  bool idle_ = false;

  // Of the present request:
  std::optional<Parser> parser_;
  std::string request_id_;
  bool came_while_draining_ = false;

  // Of the envelope that is being stored: results with another ticket came too late for their request.
  uint64_t ticket_ = 0;
  std::optional<absl::StatusOr<AppendResult>> result_;
  boost::asio::steady_timer answer_timer_;
};

}  // namespace affidavit::adapter
