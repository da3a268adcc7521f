// Whatever the headers hold: no crash, nothing verified that was not signed, and only sound text in the evidence. One
// bit of the input decides whether the request is signed as the scheme wants it, so that what comes after the
// comparison is reached too.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/base/digest.h"
#include "core/base/encoding.h"
#include "core/base/text.h"
#include "core/signature/verifier.h"

namespace {

using affidavit::SignatureScheme;

constexpr std::string_view kSecret = "a secret that no input can guess";
constexpr affidavit::TimePoint kNow{std::chrono::seconds(1'700'000'000)};

void Require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

// The bytes up to the next line end.
std::string_view Take(std::string_view& input) {
  const std::string_view line = input.substr(0, input.find('\n'));
  input.remove_prefix(line.size() < input.size() ? line.size() + 1 : line.size());
  return line;
}

std::string Sign(SignatureScheme scheme, std::string_view id, std::string_view timestamp, std::string_view body) {
  const bool is_standard = scheme == SignatureScheme::kStandardWebhooks;
  const auto mac = is_standard ? affidavit::HmacSha256(kSecret, {id, ".", timestamp, ".", body})
                               : affidavit::HmacSha256(kSecret, {body});
  const std::string_view bytes = affidavit::AsBytes(mac);
  switch (scheme) {
    case SignatureScheme::kHmacSha256Hex:
      return affidavit::HexEncode(bytes);
    case SignatureScheme::kSha256Base64:
      return "sha256=" + affidavit::Base64Encode(bytes);
    case SignatureScheme::kSha256Hex:
      return "sha256=" + affidavit::HexEncode(bytes);
    case SignatureScheme::kStandardWebhooks:
      return "v1," + affidavit::Base64Encode(bytes);
  }
  return "";
}

void CheckEvidence(const affidavit::SignatureEvidence& evidence, SignatureScheme scheme) {
  Require(evidence.key_id == "k1" && evidence.key_fingerprint == affidavit::KeyFingerprint(kSecret));
  Require(evidence.headers.size() == (scheme == SignatureScheme::kStandardWebhooks ? 3U : 1U));
  for (const auto& [name, value] : evidence.headers) {
    Require(affidavit::IsSoundText(value, 1024));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) {
    return 0;
  }
  const auto scheme = static_cast<SignatureScheme>(data[0] & 3);
  const bool is_signed = (data[0] & 4) != 0;
  std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string_view id = Take(input);
  const std::string_view timestamp = Take(input);
  const std::string_view raw = Take(input);
  const std::string signature = is_signed ? Sign(scheme, id, timestamp, input) : std::string(raw);

  const affidavit::SignatureVerifier verifier(scheme, "x-signature", {{.id = "k1", .bytes = std::string(kSecret)}});
  const auto evidence = verifier.Verify(
      [&](std::string_view name) -> std::optional<std::string_view> {
        if (name == "webhook-id") {
          return id;
        }
        return name == "webhook-timestamp" ? timestamp : std::string_view(signature);
      },
      input, kNow);
  if (evidence.ok()) {
    Require(is_signed);
    Require(scheme != SignatureScheme::kStandardWebhooks || id.find('.') == std::string_view::npos);
    CheckEvidence(*evidence, scheme);
  } else {
    Require(evidence.status().code() == absl::StatusCode::kUnauthenticated);
    Require(!is_signed || scheme == SignatureScheme::kStandardWebhooks);  // only ids and timestamps can be unsound then
  }
  affidavit::DecodeSecret(scheme, input).IgnoreError();
  return 0;
}
