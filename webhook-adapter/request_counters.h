// affidavit_adapter_requests_total{source,answer}: every answer is counted once, here. Thread-safe.
#pragma once

#include <array>
#include <string>

#include "ops/metrics.h"
#include "webhook-adapter/answer.h"

namespace affidavit::adapter {

class RequestCounters {
 public:
  // `source` is empty for requests that no source has the route of: Prometheus then drops the label.
  explicit RequestCounters(const std::string& source) {
    for (size_t i = 0; i < kAnswers.size(); ++i) {
      counters_[i] = &ops::CounterOf("affidavit_adapter_requests_total", "Requests by source and answer",
                                     {{"source", source}, {"answer", std::string(kAnswers[i].label)}});
    }
  }

  void Count(Answer answer) const { counters_[static_cast<size_t>(answer)]->Increment(); }

 private:
  std::array<prometheus::Counter*, kAnswers.size()> counters_{};
};

}  // namespace affidavit::adapter
