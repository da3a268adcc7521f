#include "services/siem/relp_sink.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

namespace affidavit::siem {
namespace {

using std::chrono::steady_clock;

constexpr int kRelpGood = 200;
constexpr char kRelpOffers[] = "relp_version=0\nrelp_software=affidavit\ncommands=syslog";

// What a receiver says beside its code stays out of ours: it may quote the message.
absl::Status CheckRelpAnswer(const RelpFrame& frame) {
  const std::optional<int> code = RelpResponseCode(frame.data);
  if (!code) {
    return absl::InvalidArgumentError("the other side does not speak RELP");
  }
  return *code == kRelpGood ? absl::OkStatus() : absl::UnavailableError(absl::StrCat("the receiver answered ", *code));
}

}  // namespace

RelpSink::RelpSink(SinkAddress address, const RelpOptions& options) : address_(std::move(address)), options_(options) {}

RelpSink::~RelpSink() {
  if (connection_ != nullptr) {
    // A courtesy: nothing that counts is under way.
    std::string frame;
    AppendRelpFrame(transaction_, "close", "", frame);
    (void)connection_->Write(frame, steady_clock::now());
  }
}

Delivery RelpSink::Deliver(std::span<const std::string> messages) {
  Progress progress{.messages = messages, .is_acknowledged = std::vector<bool>(messages.size())};
  // Between deliveries a receiver has nothing to say but that it is going: better to notice now than by a failure.
  if (connection_ != nullptr && connection_->HasInput()) {
    connection_.reset();
  }
  absl::Status status = canceller_.is_cancelled() ? absl::CancelledError("stopped")
                        : connection_ == nullptr  ? OpenSession()
                                                  : absl::OkStatus();
  while (status.ok() && (progress.sent_count < messages.size() || !progress.in_flight.empty())) {
    status = SendWhatFits(progress);
    if (status.ok()) {
      status = TakeAnswers(progress);
    }
  }
  if (!status.ok()) {
    connection_.reset();
  }
  // Receivers may answer out of order: only what has no gap before it counts.
  const auto first_open = std::find(progress.is_acknowledged.begin(), progress.is_acknowledged.end(), false);
  return {.delivered_count = static_cast<size_t>(first_open - progress.is_acknowledged.begin()),
          .status = std::move(status)};
}

absl::Status RelpSink::OpenSession() {
  const auto deadline = steady_clock::now() + options_.connect_timeout;
  ASSIGN_OR_RETURN(connection_, SinkConnection::Open(address_, canceller_, deadline));
  reader_ = RelpReader();
  transaction_ = 1;
  std::string frame;
  AppendRelpFrame(transaction_, "open", kRelpOffers, frame);
  RETURN_IF_ERROR(connection_->Write(frame, deadline));
  ASSIGN_OR_RETURN(const RelpFrame answer, ReadFrame(deadline));
  if (answer.command != "rsp" || answer.transaction != transaction_) {
    return absl::InvalidArgumentError("the other side does not speak RELP");
  }
  RETURN_IF_ERROR(CheckRelpAnswer(answer));
  transaction_ = NextRelpTransaction(transaction_);
  return absl::OkStatus();
}

absl::Status RelpSink::SendWhatFits(Progress& progress) {
  std::string frames;
  while (progress.sent_count < progress.messages.size() &&
         progress.in_flight.size() < static_cast<size_t>(options_.window_count_max)) {
    AppendRelpFrame(transaction_, "syslog", progress.messages[progress.sent_count], frames);
    progress.in_flight[transaction_] = progress.sent_count++;
    transaction_ = NextRelpTransaction(transaction_);
  }
  return frames.empty() ? absl::OkStatus() : connection_->Write(frames, steady_clock::now() + options_.answer_timeout);
}

absl::Status RelpSink::TakeAnswers(Progress& progress) {
  // At least one, and whatever else has come with it: half a window is not sent for each.
  const size_t enough = static_cast<size_t>(options_.window_count_max) / 2;
  do {
    ASSIGN_OR_RETURN(const RelpFrame frame, ReadFrame(steady_clock::now() + options_.answer_timeout));
    if (frame.command == "serverclose") {
      return absl::UnavailableError("the receiver is closing");
    }
    const auto found = progress.in_flight.find(frame.transaction);
    if (frame.command != "rsp" || found == progress.in_flight.end()) {
      return absl::InvalidArgumentError("the receiver answered what was not asked");
    }
    RETURN_IF_ERROR(CheckRelpAnswer(frame));
    progress.is_acknowledged[found->second] = true;
    progress.in_flight.erase(found);
  } while (progress.in_flight.size() > enough);
  return absl::OkStatus();
}

absl::StatusOr<RelpFrame> RelpSink::ReadFrame(SinkConnection::Deadline deadline) {
  while (true) {
    ASSIGN_OR_RETURN(std::optional<RelpFrame> frame, reader_.Next());
    if (frame) {
      return *std::move(frame);
    }
    absl::StatusOr<std::string> bytes = connection_->Read(deadline);
    if (absl::IsOutOfRange(bytes.status())) {
      return absl::UnavailableError("the receiver closed the connection");
    }
    RETURN_IF_ERROR(bytes.status());
    reader_.Add(*bytes);
  }
}

}  // namespace affidavit::siem
