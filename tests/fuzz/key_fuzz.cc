// Any text is a key in its one form or none, and no error repeats what may be a secret.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/checkpoint/key.h"

namespace {

void Require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (const auto key = affidavit::ParseVerifierKey(input); key.ok()) {
    Require(affidavit::FormatVerifierKey(*key) == input);
    Require(affidavit::IsKeyName(key->name));
  }
  if (const auto secret = affidavit::ParseSecretKey(input); secret.ok()) {
    const std::string text = affidavit::FormatSecretKey(*secret);
    Require(text == input || text + "\n" == input);
    Require(affidavit::VerifierKeyOf(*secret)->id == secret->id);
  }
  return 0;
}
