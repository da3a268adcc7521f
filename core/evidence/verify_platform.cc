// The platform's signatures, recomputed years later with its secret.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "core/base/encoding.h"
#include "core/base/text.h"
#include "core/evidence/verify_steps.h"

namespace affidavit::evidence {
namespace {

constexpr size_t kTimestampDigitsMax = 12;  // year 33658: no overflow in microseconds

// Standard Webhooks refuses old timestamps, against replay. Here only the MAC counts: the claim is judged at its own
// time.
TimePoint TimeOfClaim(const SignatureEvidence& evidence) {
  for (const auto& [name, value] : evidence.headers) {
    int64_t seconds = 0;
    if (name == "webhook-timestamp" && value.size() <= kTimestampDigitsMax && absl::SimpleAtoi(value, &seconds)) {
      return TimePoint{std::chrono::seconds(seconds)};
    }
  }
  return TimePoint{};
}

bool Recomputes(const SignatureEvidence& evidence, std::string_view raw, std::string_view secret) {
  const absl::StatusOr<SignatureScheme> scheme = ParseSignatureScheme(evidence.scheme);
  if (!scheme.ok() || evidence.headers.empty()) {
    return false;
  }
  const auto lookup = [&](std::string_view name) -> std::optional<std::string_view> {
    const auto found = std::find_if(evidence.headers.begin(), evidence.headers.end(),
                                    [&](const auto& header) { return header.first == name; });
    return found == evidence.headers.end() ? std::nullopt : std::make_optional<std::string_view>(found->second);
  };
  // Of the plain schemes the leaf holds one header, whatever its name.
  const SignatureVerifier verifier(*scheme, evidence.headers.front().first, {{.id = "", .bytes = std::string(secret)}});
  return verifier.Verify(lookup, raw, TimeOfClaim(evidence)).ok();
}

}  // namespace

void CheckPlatformSignatures(std::span<const OpenedEntry> entries, std::span<const Secret> secrets, Report& report) {
  size_t good = 0;
  size_t signed_count = 0;
  for (const OpenedEntry& entry : entries) {
    if (!entry.leaf || !entry.leaf->signature) {
      continue;
    }
    ++signed_count;
    if (secrets.empty()) {
      continue;
    }
    const SignatureEvidence& evidence = *entry.leaf->signature;
    const auto secret = std::find_if(secrets.begin(), secrets.end(), [&](const Secret& candidate) {
      return KeyFingerprint(candidate.bytes) == evidence.key_fingerprint;
    });
    if (secret == secrets.end()) {
      report.Skip(Concat({"The platform's signature (HMAC) of ", entry.name,
                          " was not checked, for its secret was not given: key id ", Quoted(evidence.key_id),
                          ", fingerprint ", HexEncode(evidence.key_fingerprint), "."}));
    } else if (!entry.file->raw) {
      report.Skip(Concat(
          {"The platform's signature (HMAC) of ", entry.name, " cannot be recomputed without its posted bytes."}));
    } else if (!Recomputes(evidence, *entry.file->raw, secret->bytes)) {
      report.Fail(Concat(
          {"The platform's signature (HMAC) of ", entry.name, " is not what its secret makes of the posted bytes."}));
    } else {
      ++good;
    }
  }
  if (secrets.empty() && signed_count > 0) {
    report.Skip("The platform's signatures (HMAC) were not checked, for no secret was given.");
  }
  if (good > 0) {
    report.Pass(Concat({"The platform's signature (HMAC) of ", CountOf(good, "entry", "entries"),
                        " is what the given secret makes of the posted bytes: who sent them knew it."}));
  }
}

}  // namespace affidavit::evidence
