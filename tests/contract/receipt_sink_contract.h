// What every ReceiptSink must do, run against each. A backend is a sink and the place that its messages come to.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "services/siem/receipt_sink.h"

namespace affidavit::siem {

class SinkBackend {
 public:
  virtual ~SinkBackend() = default;
  virtual std::unique_ptr<ReceiptSink> MakeSink() = 0;
  // Out of reach, and back. What was received stays.
  virtual void TakeAway() = 0;
  virtual void BringBack() = 0;
  virtual std::vector<std::string> Received() = 0;
};

struct SinkContractParam {
  std::string name;
  std::function<std::unique_ptr<SinkBackend>()> make;
};

class ReceiptSinkContract : public ::testing::TestWithParam<SinkContractParam> {};

}  // namespace affidavit::siem
