// Where receipts go. Deliver is one thread's world; Cancel may come from any. The same for every implementation:
// tests/contract/receipt_sink_contract.h.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "absl/status/status.h"

namespace affidavit::siem {

// How many messages, from the first, are known to have arrived, and why not more. OK if and only if it is all of them.
// What is not counted may have arrived all the same: it is sent again.
struct Delivery {
  size_t delivered_count = 0;
  absl::Status status;
};

class ReceiptSink {
 public:
  virtual ~ReceiptSink() = default;

  // Messages without an end of line. Each wait has a deadline. UNAVAILABLE: try again later, with a pause.
  // INVALID_ARGUMENT, PERMISSION_DENIED and FAILED_PRECONDITION: somebody has to do something first; trying again does
  // no harm. CANCELLED after Cancel.
  virtual Delivery Deliver(std::span<const std::string> messages) = 0;

  // Ends what is under way, within a second, and every later delivery.
  virtual void Cancel() = 0;
};

}  // namespace affidavit::siem
