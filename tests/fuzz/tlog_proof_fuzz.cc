// Any text is a tlog-proof in its one form or none, and proves nothing to a reader who trusts no key.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/checkpoint/tlog_proof.h"

namespace {

void Require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (const auto proof = affidavit::ParseTlogProof(input); proof.ok()) {
    Require(affidavit::FormatTlogProof(*proof) == input);
    Require(!affidavit::VerifyTlogProof("leaf", *proof, {}).ok());
  }
  return 0;
}
