#include "services/siem/syslog_tls_sink.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

namespace affidavit::siem {

using std::chrono::steady_clock;

SyslogTlsSink::SyslogTlsSink(SinkAddress address, const SyslogTlsOptions& options)
    : address_(std::move(address)), options_(options) {}

Delivery SyslogTlsSink::Deliver(std::span<const std::string> messages) {
  absl::Status status = canceller_.is_cancelled() ? absl::CancelledError("stopped")
                        : messages.empty()        ? absl::OkStatus()
                                                  : DeliverAll(messages);
  return {.delivered_count = status.ok() ? messages.size() : 0, .status = std::move(status)};
}

absl::Status SyslogTlsSink::DeliverAll(std::span<const std::string> messages) {
  ASSIGN_OR_RETURN(const std::unique_ptr<SinkConnection> connection,
                   SinkConnection::Open(address_, canceller_, steady_clock::now() + options_.connect_timeout));
  // Octet counting: MSG-LEN SP SYSLOG-MSG.
  std::string frames;
  for (const std::string& message : messages) {
    absl::StrAppend(&frames, message.size(), " ", message);
  }
  RETURN_IF_ERROR(connection->Write(frames, steady_clock::now() + options_.write_timeout));
  const absl::Status end = connection->Finish(steady_clock::now() + options_.close_timeout);
  return absl::IsUnavailable(end)
             ? absl::UnavailableError(absl::StrCat("the receiver did not end the connection in order: ", end.message()))
             : end;
}

}  // namespace affidavit::siem
