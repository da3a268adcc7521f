// Any text is a checkpoint in its one form or none; a signed note of any kind is never accepted without a key.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/checkpoint/checkpoint.h"

namespace {

void Require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (const auto checkpoint = affidavit::ParseCheckpoint(input); checkpoint.ok()) {
    Require(affidavit::FormatCheckpoint(*checkpoint) == input);
  }
  Require(!affidavit::VerifyCheckpoint(input, {}).ok());
  return 0;
}
