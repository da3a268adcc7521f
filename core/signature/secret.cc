#include "absl/status/status.h"
#include "core/base/affix.h"
#include "core/base/digest.h"
#include "core/base/encoding.h"
#include "core/signature/verifier.h"

namespace affidavit {
namespace {

constexpr std::string_view kFingerprintLabel("affidavit.key_fingerprint.v1\0", 29);  // the label and the 0x00 after it
constexpr size_t kFingerprintSize = 8;

void DropOneLineEnd(std::string_view& text) {
  if (ConsumeSuffix(text, "\n")) {
    ConsumeSuffix(text, "\r");
  }
}

}  // namespace

absl::StatusOr<std::string> DecodeSecret(SignatureScheme scheme, std::string_view text) {
  DropOneLineEnd(text);
  if (text.empty()) {
    return absl::InvalidArgumentError("the secret is empty");
  }
  if (scheme != SignatureScheme::kStandardWebhooks) {
    return std::string(text);
  }
  if (text.starts_with("whsk_") || text.starts_with("whpk_")) {
    return absl::InvalidArgumentError(
        "the secret is an Ed25519 key (whsk_, whpk_); only HMAC secrets (whsec_) are known");
  }
  if (!ConsumePrefix(text, "whsec_")) {
    return std::string(text);
  }
  std::optional<std::string> bytes = Base64Decode(text);
  if (!bytes.has_value() || bytes->empty()) {
    return absl::InvalidArgumentError("the secret is not base64 after whsec_");
  }
  return *std::move(bytes);
}

std::string KeyFingerprint(std::string_view secret) {
  return std::string(AsBytes(Sha256({kFingerprintLabel, secret})).substr(0, kFingerprintSize));
}

}  // namespace affidavit
