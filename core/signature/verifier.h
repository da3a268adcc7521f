// Webhook signatures: HMAC-SHA256 over the raw bytes in four schemes, several active secrets at once, constant-time
// comparison. Formats: docs/connect-genesys.md; GitHub "Validating webhook deliveries"; Standard Webhooks 1.0.0. Pure,
// thread-safe.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/time.h"
#include "core/envelope/leaf.h"

namespace affidavit {

enum class SignatureScheme {
  kHmacSha256Hex,  // "hmac-sha256-hex": 64 lower-case hex digits, default header x-genesys-signature
  kSha256Base64,   // "sha256-base64": "sha256=" + base64, default header x-hub-signature-256 (Genesys Open Messaging)
  kSha256Hex,      // "sha256-hex": "sha256=" + lower-case hex, default header x-hub-signature-256 (GitHub)
  kStandardWebhooks,  // "standard-webhooks": webhook-id, webhook-timestamp, webhook-signature; secrets may be "whsec_"
                      // + base64
};

std::string_view SignatureSchemeName(SignatureScheme scheme);
absl::StatusOr<SignatureScheme> ParseSignatureScheme(std::string_view name);  // NOT_FOUND lists the names
std::string_view DefaultSignatureHeader(SignatureScheme scheme);              // lower case

struct Secret {
  std::string id;
  std::string bytes;  // the HMAC key itself, already decoded; never logged
  std::optional<TimePoint> not_before, not_after;
  bool retired = false;  // kept for its id and fingerprint; verifies nothing
};

// The HMAC key in a secret's text form (one trailing line end is dropped; "whsec_" + base64 is decoded for Standard
// Webhooks). INVALID_ARGUMENT when empty or undecodable; the message never holds the secret.
absl::StatusOr<std::string> DecodeSecret(SignatureScheme scheme, std::string_view text);

// 8 bytes: the first of SHA-256("affidavit.key_fingerprint.v1" || 0x00 || secret).
std::string KeyFingerprint(std::string_view secret);

class SignatureVerifier {
 public:
  // The value of a header by lower-case name; nothing when absent or given more than once.
  using HeaderLookup = std::function<std::optional<std::string_view>(std::string_view lower_case_name)>;

  // `header` in lower case; ignored by kStandardWebhooks.
  SignatureVerifier(SignatureScheme scheme, std::string header, std::vector<Secret> secrets);

  // The evidence when one active secret (not retired, within its not_before/not_after at `now`) made the signature.
  // UNAUTHENTICATED otherwise; its message is for our security log, never for the sender, and holds no header value.
  absl::StatusOr<SignatureEvidence> Verify(const HeaderLookup& header, std::string_view body, TimePoint now) const;

 private:
  SignatureScheme scheme_;
  std::string header_;
  std::vector<Secret> secrets_;
  std::vector<std::string> fingerprints_;  // beside secrets_
};

inline constexpr std::chrono::minutes kStandardWebhooksTolerance{5};

}  // namespace affidavit
