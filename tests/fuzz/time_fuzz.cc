// A text that is a time has one canonical form, which is the same time again; whatever follows from a time stays a
// time.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/time.h"
#include "core/retention/retention.h"

namespace {

void Require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

void Check(affidavit::TimePoint time, int amount) {
  Require(affidavit::IsRepresentable(time));
  const std::string text = affidavit::FormatRfc3339(time);
  Require(text.size() == 27 && affidavit::ParseRfc3339(text) == time);
  for (const affidavit::TimePoint later :
       {affidavit::AddYears(time, amount % 10'000), affidavit::AddDays(time, amount)}) {
    Require(affidavit::IsRepresentable(later) && later >= time);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) {
    return 0;
  }
  const int amount = data[0] * data[0] * data[0];
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (const std::optional<affidavit::TimePoint> time = affidavit::ParseRfc3339(text)) {
    Check(*time, amount);
  }
  if (const std::optional<affidavit::TimePoint> time = affidavit::ParseEpochMilliseconds(text)) {
    Check(*time, amount);
    Require(std::to_string(time->time_since_epoch().count() / 1000) == text);
  }
  return 0;
}
