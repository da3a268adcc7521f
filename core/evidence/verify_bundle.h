// Every check that a reader can make of a proof bundle, each in words for an examiner. Pure, thread-safe. Any input is
// safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/checkpoint/key.h"
#include "core/evidence/bundle.h"
#include "core/evidence/message_status.h"
#include "core/signature/verifier.h"

namespace affidavit {

// What the examiner brings. Everything but the bundle's own consistency depends on it.
struct BundleTrust {
  std::vector<VerifierKey> log_keys;      // empty: "consistent, signer unknown", never verified
  std::vector<VerifierKey> witness_keys;  // empty: cosignatures are not checked
  size_t witness_count_min = 0;
  std::string tsa_ca_pem;       // roots of every authority in the bundle; empty: timestamps are not checked
  std::vector<Secret> secrets;  // the platform's HMAC secrets, found by fingerprint; only `bytes` counts. Empty: HMACs
                                // are not checked
};

enum class StepOutcome { kPassed, kFailed, kNotChecked };

// The text is safe to print: UTF-8 without control characters, no payload data, no secret.
struct VerificationStep {
  StepOutcome outcome;
  std::string text;  // one sentence: what was checked, what it means; on failure, why

  bool operator==(const VerificationStep&) const = default;
};

struct BundleVerdict {
  bool verified = false;
  std::string reason;  // not empty unless verified: the first step that failed, or "consistent, signer unknown"
  std::vector<VerificationStep> steps;
  MessageStory story;  // empty unless the bundle could be read; as true as the verdict says
};

// Verified: a given log key signed the checkpoint and no step failed. Steps that were not checked are said and do not
// count; whatever a proof covers or a given key signed does.
BundleVerdict VerifyBundle(std::string_view file, const BundleTrust& trust);

// A secret's text form (one trailing line end is dropped) as each scheme would read it: whoever verifies has no
// configuration that says which scheme it belongs to. INVALID_ARGUMENT when no scheme can.
absl::StatusOr<std::vector<Secret>> ReadTrustedSecret(std::string_view text);

}  // namespace affidavit
