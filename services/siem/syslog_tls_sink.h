// Syslog over TLS (RFC 5425), which has no acknowledgement of its own. What stands in for it is the orderly end of a
// connection: a receiver must answer our close_notify with its own and close with nothing left unread. So each delivery
// is one connection, and counts as a whole when it ended so; docs/siem.md says what this cannot promise.
#pragma once

#include <chrono>
#include <span>
#include <string>

#include "services/siem/receipt_sink.h"
#include "services/siem/sink_connection.h"

namespace affidavit::siem {

struct SyslogTlsOptions {
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds write_timeout{30'000};  // of a delivery
  std::chrono::milliseconds close_timeout{10'000};  // until the receiver's close_notify
};

class SyslogTlsSink : public ReceiptSink {
 public:
  // REQUIRES: address.ca_file.
  explicit SyslogTlsSink(SinkAddress address, const SyslogTlsOptions& options = {});

  Delivery Deliver(std::span<const std::string> messages) override;
  void Cancel() override { canceller_.Cancel(); }

 private:
  absl::Status DeliverAll(std::span<const std::string> messages);

  const SinkAddress address_;
  const SyslogTlsOptions options_;
  Canceller canceller_;
};

}  // namespace affidavit::siem
