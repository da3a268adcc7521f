// Lines appended to a file and flushed to the disk before they count. A file that was moved away (logrotate) is made
// anew.
#pragma once

#include <atomic>
#include <span>
#include <string>

#include "services/siem/receipt_sink.h"

namespace affidavit::siem {

class JsonLinesSink : public ReceiptSink {
 public:
  explicit JsonLinesSink(std::string path);
  ~JsonLinesSink() override;

  // FAILED_PRECONDITION when the file cannot be opened or written.
  Delivery Deliver(std::span<const std::string> messages) override;
  void Cancel() override { is_cancelled_ = true; }

 private:
  absl::Status DeliverAll(const std::string& lines);
  absl::Status OpenFile();
  bool IsInPlace() const;
  void CloseFile();

  const std::string path_;
  std::atomic<bool> is_cancelled_ = false;
  int descriptor_ = -1;
};

}  // namespace affidavit::siem
