// Every check that a reader can make of a proof bundle, each in words for an examiner. Pure, thread-safe. Any input is safe.
#pragma once

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
  std::string tsa_ca_pem;        // empty: timestamps are not checked
  std::vector<Secret> secrets;   // the platform's HMAC secrets; empty: HMACs are not checked
};

enum class StepOutcome { kPassed, kFailed, kNotChecked };

struct VerificationStep {
  StepOutcome outcome;
  std::string text;  // one sentence: what was checked, what it means; on failure, why
};

struct BundleVerdict {
  bool verified = false;
  std::string reason;  // not empty unless verified
  std::vector<VerificationStep> steps;
  MessageStory story;  // empty unless the bundle could be read
};

BundleVerdict VerifyBundle(std::string_view file, const BundleTrust& trust);

}  // namespace affidavit
