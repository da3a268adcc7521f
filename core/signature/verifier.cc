#include "core/signature/verifier.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "core/base/affix.h"
#include "core/base/digest.h"
#include "core/base/encoding.h"
#include "core/base/status_macros.h"
#include "core/base/text.h"

namespace affidavit {
namespace {

constexpr size_t kHeaderSizeMax = 1024;  // header values go into the leaf, which has a limit of its own
constexpr std::string_view kIdHeader = "webhook-id";
constexpr std::string_view kTimestampHeader = "webhook-timestamp";
constexpr std::string_view kSignatureHeader = "webhook-signature";

// What one request claims: the MACs that were sent for it, what they were made over, and the headers that prove it.
struct Claim {
  std::vector<std::string> macs;  // 32 bytes each
  std::string prefix;             // what is signed before the body
  std::vector<std::pair<std::string, std::string>> headers;
};

absl::Status Unauthenticated(const std::string& why) {
  return absl::UnauthenticatedError(why);
}

absl::StatusOr<std::string> ReadHeader(const SignatureVerifier::HeaderLookup& header, std::string_view name) {
  const std::optional<std::string_view> value = header(name);
  if (!value.has_value()) {
    return Unauthenticated(Concat({name, " is absent or given more than once"}));
  }
  if (!IsSoundText(*value, kHeaderSizeMax)) {
    return Unauthenticated(Concat({name, " is empty, too long or no text"}));
  }
  return std::string(*value);
}

bool IsMac(const std::optional<std::string>& bytes) {
  return bytes.has_value() && bytes->size() == std::tuple_size<Digest>();
}

std::optional<std::string> DecodeMac(SignatureScheme scheme, std::string_view value) {
  if (scheme != SignatureScheme::kHmacSha256Hex && !ConsumePrefix(value, "sha256=")) {
    return std::nullopt;
  }
  return scheme == SignatureScheme::kSha256Base64 ? Base64Decode(value) : HexDecode(value);
}

absl::StatusOr<Claim> ReadPlainClaim(SignatureScheme scheme, const std::string& name,
                                     const SignatureVerifier::HeaderLookup& header) {
  ASSIGN_OR_RETURN(std::string value, ReadHeader(header, name));
  std::optional<std::string> mac = DecodeMac(scheme, value);
  if (!IsMac(mac)) {
    return Unauthenticated(Concat({name, " has not the form of ", SignatureSchemeName(scheme)}));
  }
  return Claim{.macs = {*std::move(mac)}, .prefix = "", .headers = {{name, std::move(value)}}};
}

absl::Status CheckTimestamp(std::string_view text, TimePoint now) {
  constexpr size_t kDigitsMax = 12;  // year 33658
  int64_t seconds = 0;
  if (text.size() > kDigitsMax || !std::all_of(text.begin(), text.end(), absl::ascii_isdigit) ||
      !absl::SimpleAtoi(std::string(text), &seconds)) {
    return Unauthenticated(Concat({kTimestampHeader, " is no time"}));
  }
  const TimePoint signed_at{std::chrono::seconds(seconds)};
  if (signed_at < now - kStandardWebhooksTolerance || signed_at > now + kStandardWebhooksTolerance) {
    return Unauthenticated(Concat({kTimestampHeader, " is over five minutes off"}));
  }
  return absl::OkStatus();
}

// Standard Webhooks 1.0.0: several signatures, separated by spaces, so that a sender can rotate its secret. Versions
// that we do not know (v1a, …) are passed over.
absl::StatusOr<Claim> ReadStandardClaim(const SignatureVerifier::HeaderLookup& header, TimePoint now) {
  ASSIGN_OR_RETURN(std::string id, ReadHeader(header, kIdHeader));
  if (id.find('.') != std::string_view::npos) {  // or "a.b" at 1 and "a" at "b.1" would sign the same
    return Unauthenticated(Concat({kIdHeader, " holds a dot"}));
  }
  ASSIGN_OR_RETURN(std::string timestamp, ReadHeader(header, kTimestampHeader));
  RETURN_IF_ERROR(CheckTimestamp(timestamp, now));
  ASSIGN_OR_RETURN(std::string signature, ReadHeader(header, kSignatureHeader));
  Claim claim;
  for (const absl::string_view piece : absl::StrSplit(signature, ' ')) {
    std::string_view part(piece.data(), piece.size());
    std::optional<std::string> mac = ConsumePrefix(part, "v1,") ? Base64Decode(part) : std::nullopt;
    if (IsMac(mac)) {
      claim.macs.push_back(*std::move(mac));
    }
  }
  if (claim.macs.empty()) {
    return Unauthenticated(Concat({kSignatureHeader, " has no signature of version v1"}));
  }
  claim.prefix = Concat({id, ".", timestamp, "."});
  claim.headers = {{std::string(kIdHeader), std::move(id)},
                   {std::string(kTimestampHeader), std::move(timestamp)},
                   {std::string(kSignatureHeader), std::move(signature)}};
  return claim;
}

bool IsActive(const Secret& secret, TimePoint now) {
  return !secret.retired && (!secret.not_before.has_value() || *secret.not_before <= now) &&
         (!secret.not_after.has_value() || now <= *secret.not_after);
}

}  // namespace

SignatureVerifier::SignatureVerifier(SignatureScheme scheme, std::string header, std::vector<Secret> secrets)
    : scheme_(scheme), header_(std::move(header)), secrets_(std::move(secrets)) {
  for (const Secret& secret : secrets_) {
    fingerprints_.push_back(KeyFingerprint(secret.bytes));
  }
}

absl::StatusOr<SignatureEvidence> SignatureVerifier::Verify(const HeaderLookup& header, std::string_view body,
                                                            TimePoint now) const {
  absl::StatusOr<Claim> claim = scheme_ == SignatureScheme::kStandardWebhooks
                                    ? ReadStandardClaim(header, now)
                                    : ReadPlainClaim(scheme_, header_, header);
  if (!claim.ok()) {
    return claim.status();
  }
  // Every active secret is compared with every MAC, matched or not, so that the time taken tells nobody which one it
  // was.
  std::optional<size_t> matched;
  for (size_t i = 0; i < secrets_.size(); ++i) {
    if (!IsActive(secrets_[i], now)) {
      continue;
    }
    const Digest expected = HmacSha256(secrets_[i].bytes, {claim->prefix, body});
    for (const std::string& mac : claim->macs) {
      if (ConstantTimeEqual(AsBytes(expected), mac) && !matched.has_value()) {
        matched = i;
      }
    }
  }
  if (!matched.has_value()) {
    return Unauthenticated("no active secret made this signature");
  }
  return SignatureEvidence{.scheme = std::string(SignatureSchemeName(scheme_)),
                           .key_id = secrets_[*matched].id,
                           .key_fingerprint = fingerprints_[*matched],
                           .headers = std::move(claim->headers)};
}

}  // namespace affidavit
