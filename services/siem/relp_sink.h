// RELP: a receiver answers each message, and only what it answered with 200 counts. Written here and not taken from
// librelp, whose client does not tell what was acknowledged (docs/adr/0010-relp-without-librelp.md).
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "services/siem/receipt_sink.h"
#include "services/siem/relp_frame.h"
#include "services/siem/sink_connection.h"

namespace affidavit::siem {

struct RelpOptions {
  std::chrono::milliseconds connect_timeout{10'000};  // the opening of the session included
  std::chrono::milliseconds answer_timeout{30'000};   // between two answers, while some are due
  int window_count_max = 128;                         // messages sent and not answered
};

class RelpSink : public ReceiptSink {
 public:
  explicit RelpSink(SinkAddress address, const RelpOptions& options = {});
  ~RelpSink() override;

  Delivery Deliver(std::span<const std::string> messages) override;
  void Cancel() override { canceller_.Cancel(); }

 private:
  // What of a delivery is under way.
  struct Progress {
    std::span<const std::string> messages;
    size_t sent_count = 0;
    std::map<int32_t, size_t> in_flight;  // transaction to message
    std::vector<bool> is_acknowledged;
  };

  absl::Status OpenSession();
  absl::Status SendWhatFits(Progress& progress);
  absl::Status TakeAnswers(Progress& progress);
  absl::StatusOr<RelpFrame> ReadFrame(SinkConnection::Deadline deadline);

  const SinkAddress address_;
  const RelpOptions options_;
  Canceller canceller_;

  std::unique_ptr<SinkConnection> connection_;  // null: no session
  RelpReader reader_;
  int32_t transaction_ = 1;  // the next one
};

}  // namespace affidavit::siem
