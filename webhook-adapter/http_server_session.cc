#include "webhook-adapter/http_server_session.h"

#include <algorithm>
#include <array>
#include <random>
#include <utility>

#include "boost/asio/as_tuple.hpp"
#include "boost/asio/error.hpp"
#include "boost/asio/post.hpp"
#include "boost/asio/use_awaitable.hpp"
#include "boost/beast/http/error.hpp"
#include "core/base/text.h"
#include "ops/log.h"

namespace affidavit::adapter {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using std::chrono::steady_clock;

constexpr size_t kReadBytesMax = 16 << 10;  // one TLS record
constexpr std::chrono::seconds kGoodbye{2};
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

boost::beast::string_view ToBeast(std::string_view text) {
  return {text.data(), text.size()};
}
std::string_view FromBeast(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

std::string NewRequestId() {
  thread_local std::mt19937_64 engine{(static_cast<uint64_t>(std::random_device{}()) << 32) | std::random_device{}()};
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string id(16, '0');
  uint64_t bits = engine();
  for (char& digit : id) {
    digit = kDigits[bits & 0xf];
    bits >>= 4;
  }
  return id;
}

// The header field Date, made once a second.
std::string_view DateNow() {
  thread_local int64_t second = 0;
  thread_local std::string text;
  const TimePoint now = SystemClock().WallNow();
  const int64_t this_second = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  if (this_second != second) {
    second = this_second;
    text = HttpDate(now);
  }
  return text;
}

}  // namespace

Session::Session(asio::io_context& context, asio::ip::tcp::socket socket, Tls tls, SessionShared& shared)
    : context_(context),
      shared_(shared),
      stream_(std::move(socket), std::move(tls)),
      buffer_(static_cast<size_t>(shared.options.header_bytes_max) + kReadBytesMax),
      answer_timer_(context) {}

asio::awaitable<void> Session::Run() {
  stream_.ExpireAt(steady_clock::now() + shared_.options.header_timeout);
  const ErrorCode error = co_await stream_.Handshake();
  if (error) {
    stream_.Abort();
    co_return;
  }
  Next next = Next::kRequest;
  while (next == Next::kRequest) {
    next = co_await ServeOne();
  }
  co_await stream_.Close(steady_clock::now() + kGoodbye);
}

void Session::OnDrain() {
  if (idle_) {
    stream_.Cancel();
  }
}

asio::awaitable<Session::Next> Session::ServeOne() {
  const bool has_begun = co_await WaitForFirstByte();
  if (!has_begun) {
    co_return Next::kClose;
  }
  came_while_draining_ = shared_.draining;
  request_id_ = NewRequestId();
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(shared_.options.header_bytes_max));
  parser_->body_limit(boost::none);  // the header is read whole, so that the right source can be told
  stream_.ExpireAt(steady_clock::now() + shared_.options.header_timeout);
  const ErrorCode error = co_await ReadHeader();
  if (error) {
    co_return co_await RespondToBrokenRequest(shared_.intake.unrouted(), nullptr, error);
  }
  const Source* source = shared_.intake.FindSource(FromBeast(parser_->get().target()));
  const RequestCounters& counters = source == nullptr ? shared_.intake.unrouted() : source->counters;
  if (const std::optional<Answer> refusal = RefusalOfHeader(source)) {
    if (*refusal == Answer::kTooLarge) {
      shared_.intake.NoteOversize(*source, request_id_);
    }
    const Next next = SkipBufferedBody() ? Next::kRequest : Next::kClose;
    co_return co_await Respond(counters, Problem(*refusal), next);
  }
  co_return co_await Receive(*source);
}

asio::awaitable<bool> Session::WaitForFirstByte() {
  // An empty line after a body is what old clients send.
  while (buffer_.size() >= 2 && std::string_view(static_cast<const char*>(buffer_.data().data()), 2) == "\r\n") {
    buffer_.consume(2);
  }
  if (buffer_.size() > 0) {
    co_return true;
  }
  if (shared_.draining) {
    co_return false;
  }
  stream_.ExpireAt(steady_clock::now() + shared_.options.idle_timeout);
  idle_ = true;
  const ErrorCode error = co_await ReadMore();
  idle_ = false;
  co_return !error;
}

asio::awaitable<Session::ErrorCode> Session::ReadMore() {
  const size_t room = std::min(kReadBytesMax, buffer_.max_size() - buffer_.size());
  if (room == 0) {
    co_return http::make_error_code(http::error::buffer_overflow);
  }
  const TimedStream::ReadResult read = co_await stream_.ReadSome(buffer_.prepare(room));
  buffer_.commit(read.size_bytes);
  co_return read.error;
}

asio::awaitable<Session::ErrorCode> Session::ReadHeader() {
  while (!parser_->is_header_done()) {
    ErrorCode error;
    buffer_.consume(parser_->put(buffer_.data(), error));
    if (error == http::error::need_more) {
      error = co_await ReadMore();
    }
    if (error) {
      co_return error;
    }
  }
  co_return ErrorCode();
}

asio::awaitable<Session::ErrorCode> Session::ReadBody() {
  parser_->eager(true);
  while (!parser_->is_done()) {
    ErrorCode error;
    if (buffer_.size() > 0) {
      buffer_.consume(parser_->put(buffer_.data(), error));
    } else {
      error = http::error::need_more;
    }
    if (error == http::error::need_more) {
      error = co_await ReadMore();
    }
    if (error) {
      co_return error;
    }
  }
  co_return ErrorCode();
}

std::optional<std::string_view> Session::UniqueHeader(std::string_view name) const {
  const auto [begin, end] = parser_->get().equal_range(ToBeast(name));
  if (begin == end || std::next(begin) != end) {
    return std::nullopt;
  }
  return FromBeast(begin->value());
}

std::optional<Answer> Session::RefusalOfHeader(const Source* source) const {
  if (source == nullptr) {
    return Answer::kNotFound;
  }
  if (parser_->get().method() != http::verb::post) {
    return Answer::kMethodNotAllowed;
  }
  if (!IsJsonMediaType(UniqueHeader("content-type").value_or(""))) {
    return Answer::kUnsupportedMediaType;
  }
  if (parser_->content_length().value_or(0) > static_cast<uint64_t>(shared_.options.body_bytes_max)) {
    return Answer::kTooLarge;
  }
  if (came_while_draining_) {
    return Answer::kUnavailable;
  }
  return std::nullopt;
}

bool Session::SkipBufferedBody() {
  // Not by what the sender claims: a reader would make room for a Content-Length of gigabytes.
  if (parser_->content_length().value_or(0) > buffer_.size()) {
    return false;
  }
  parser_->eager(true);
  ErrorCode error;
  while (!error && !parser_->is_done() && buffer_.size() > 0) {
    buffer_.consume(parser_->put(buffer_.data(), error));
  }
  return parser_->is_done();
}

asio::awaitable<Session::Next> Session::Receive(const Source& source) {
  const HttpServerOptions& options = shared_.options;
  const auto length = parser_->content_length();
  ByteBudget::Lease lease =
      shared_.budget.Reserve(parser_->chunked() ? options.body_bytes_max : static_cast<int64_t>(length.value_or(0)));
  if (!lease) {
    LogUnavailable("too many bytes in flight");
    const Next next = SkipBufferedBody() ? Next::kRequest : Next::kClose;
    co_return co_await Respond(source.counters, Problem(Answer::kUnavailable), next);
  }
  parser_->body_limit(static_cast<uint64_t>(options.body_bytes_max));
  stream_.ExpireAt(steady_clock::now() + options.body_timeout);
  ErrorCode error;
  if (!parser_->is_done() && buffer_.size() == 0 && parser_->get().version() >= 11 &&
      EqualsIgnoreAsciiCase(UniqueHeader("expect").value_or(""), "100-continue")) {
    error = co_await stream_.Write(kContinue);
  }
  if (!error) {
    error = co_await ReadBody();
  }
  const TimePoint receive_time = SystemClock().WallNow();
  const SteadyTime last_byte = steady_clock::now();
  if (error) {
    co_return co_await RespondToBrokenRequest(source.counters, &source, error);
  }
  std::string body = std::move(parser_->get().body());
  lease.ShrinkTo(static_cast<int64_t>(body.size()));
  std::optional<Envelope> envelope = shared_.intake.Authenticate(
      source, [this](std::string_view name) { return UniqueHeader(name); }, std::move(body), receive_time, request_id_);
  Response response;
  if (envelope.has_value()) {
    response = co_await Store(*std::move(envelope), std::move(lease), last_byte);
  } else {
    response = Problem(Answer::kUnauthorized);
  }
  shared_.request_seconds.Observe(std::chrono::duration<double>(steady_clock::now() - last_byte).count());
  co_return co_await Respond(source.counters, std::move(response), Next::kRequest);
}

asio::awaitable<Response> Session::Store(Envelope envelope, ByteBudget::Lease lease, SteadyTime last_byte) {
  // The batcher gives up first, then this session: the answer must be out within answer_timeout.
  const auto margin = shared_.options.answer_timeout / 32;
  const SteadyTime answer_at = last_byte + shared_.options.answer_timeout - margin;
  const uint64_t ticket = ++ticket_;
  result_.reset();
  stream_.ExpireAt(TimedStream::kNever);
  const absl::Status submitted = shared_.batcher.Submit(
      std::move(envelope), answer_at - margin,
      [self = shared_from_this(), ticket, lease = std::move(lease)](absl::StatusOr<AppendResult> result) mutable {
        asio::io_context& context = self->context_;
        asio::post(context, [self = std::move(self), ticket, result = std::move(result)]() mutable {
          self->OnResult(ticket, std::move(result));
        });
      });
  if (!submitted.ok()) {
    LogUnavailable(std::string(submitted.message()));
    co_return Problem(Answer::kUnavailable);
  }
  answer_timer_.expires_at(answer_at);
  while (!result_.has_value() && steady_clock::now() < answer_at) {
    co_await answer_timer_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  ++ticket_;
  if (!result_.has_value()) {
    LogUnavailable("the ledger did not answer in time");
    co_return Problem(Answer::kUnavailable);
  }
  const absl::StatusOr<AppendResult> result = *std::exchange(result_, std::nullopt);
  if (!result.ok()) {
    LogUnavailable(std::string(result.status().message()));
    co_return Problem(Answer::kUnavailable);
  }
  if (result->outcome == AppendOutcome::kRefused) {
    LogUnavailable(result->reason);
  }
  co_return ResponseFor(*result);
}

void Session::OnResult(uint64_t ticket, absl::StatusOr<AppendResult> result) {
  if (ticket == ticket_) {
    result_ = std::move(result);
    answer_timer_.cancel();
  }
}

asio::awaitable<Session::Next> Session::RespondToBrokenRequest(const RequestCounters& counters, const Source* source,
                                                               ErrorCode error) {
  if (error == asio::error::timed_out) {
    co_return co_await Respond(counters, Problem(Answer::kTimeout), Next::kClose);
  }
  if (error == http::error::header_limit) {
    co_return co_await Respond(counters, Problem(Answer::kHeaderTooLarge), Next::kClose);
  }
  if (error == http::error::body_limit && source != nullptr) {
    shared_.intake.NoteOversize(*source, request_id_);
    co_return co_await Respond(counters, Problem(Answer::kTooLarge), Next::kClose);
  }
  if (error.category() == http::make_error_code(http::error::need_more).category()) {
    co_return co_await Respond(counters, Problem(Answer::kBadRequest), Next::kClose);
  }
  co_return Next::kClose;  // the peer is gone
}

asio::awaitable<Session::Next> Session::Respond(const RequestCounters& counters, Response response, Next next) {
  const bool header_done = parser_->is_header_done();
  const bool keep_alive = next == Next::kRequest && header_done && parser_->keep_alive() && !shared_.draining;
  counters.Count(response.answer);
  if (ops::LogEnabled(ops::LogLevel::kDebug)) {
    ops::Log(ops::LogLevel::kDebug, "answered",
             {{"request_id", request_id_}, {"answer", TraitsOf(response.answer).label}});
  }
  out_.clear();
  AppendHttpResponse(response,
                     {.request_id = request_id_,
                      .date = DateNow(),
                      .keep_alive = keep_alive,
                      .http_1_0 = header_done && parser_->get().version() == 10,
                      .omit_body = header_done && parser_->get().method() == http::verb::head},
                     out_);
  parser_.reset();
  stream_.ExpireAt(steady_clock::now() + shared_.options.header_timeout);
  const ErrorCode error = co_await stream_.Write(out_);
  co_return keep_alive && !error ? Next::kRequest : Next::kClose;
}

void Session::LogUnavailable(const std::string& reason) {
  if (const auto suppressed = shared_.limiter.Admit("unavailable", steady_clock::now())) {
    ops::LogWarning("answered 503", {{"request_id", request_id_}, {"reason", reason}, {"suppressed", *suppressed}});
  }
}

}  // namespace affidavit::adapter
