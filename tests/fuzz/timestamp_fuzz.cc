// Any bytes are a time-stamp response, a token, or neither. What verifies is in its one form, and trimming leaves it
// alone; what can be trimmed verifies.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/evidence/timestamp.h"

namespace {

// The root of the corpus' tokens, and what they are over.
constexpr std::string_view kRoot =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBfjCCASOgAwIBAgIUXBVvh0krtqUbmaSfBAMUQMV1aaswCgYIKoZIzj0EAwIw\n"
    "DDEKMAgGA1UEAwwBcjAeFw0yNjExMjQxMjA2NDJaFw0zNjExMjExMjA2NDJaMAwx\n"
    "CjAIBgNVBAMMAXIwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATvwiiW9fIm7MVR\n"
    "WVtwlZmXH7GEIdfjldHkhKXnW/MfXoK33nNpPwXEUs1mhH6Jxn6ZSb76s9NyAi9E\n"
    "t0WuEG46o2MwYTAdBgNVHQ4EFgQUz6foXS00UJq4xLHzQNvenkJF3s0wHwYDVR0j\n"
    "BBgwFoAUz6foXS00UJq4xLHzQNvenkJF3s0wDwYDVR0TAQH/BAUwAwEB/zAOBgNV\n"
    "HQ8BAf8EBAMCAgQwCgYIKoZIzj0EAwIDSQAwRgIhAOl3ID3hXrrOvMTeXjAY/I+g\n"
    "2mLjO1Yf3MLWI6xs3c2DAiEA8ZuyCvkR+UHdJEzUKiEynhWt/04bj07cvssdAWiv\n"
    "Ntw=\n"
    "-----END CERTIFICATE-----\n";
constexpr std::string_view kText = "example.com/log\n7\nf+7CoKgXKE/tNys9TTXcr/ad6U/K3xvznmzew9y6SP0=\n";

void Require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const affidavit::Digest imprint = affidavit::Sha256(kText);
  static_cast<void>(affidavit::ReadTimestampResponse(input, imprint, ""));
  const auto trimmed = affidavit::TrimTimestamp(input, imprint, kRoot);
  if (const auto time = affidavit::VerifyTimestamp(input, imprint, kRoot); time.ok()) {
    Require(affidavit::TimestampGenerationTime(input).value() == *time);
    Require(trimmed.value() == input);
  }
  Require(!trimmed.ok() || affidavit::VerifyTimestamp(*trimmed, imprint, kRoot).ok());
  return 0;
}
