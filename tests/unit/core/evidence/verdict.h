// For tests of what VerifyBundle says.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "core/checkpoint/tlog_proof.h"
#include "core/evidence/verify_bundle.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/bundle_maker.h"

namespace affidavit::testing {

inline BundleVerdict Verify(const ProofBundle& bundle, const BundleTrust& trust = FullTrust()) {
  return VerifyBundle(EncodeBundle(bundle).value(), trust);
}

inline std::vector<std::string> Texts(const BundleVerdict& verdict, StepOutcome outcome) {
  std::vector<std::string> texts;
  for (const VerificationStep& step : verdict.steps) {
    if (step.outcome == outcome) {
      texts.push_back(step.text);
    }
  }
  return texts;
}

// That this, and nothing else, is wrong.
inline void ExpectOneFault(const BundleVerdict& verdict, const std::string& sentence) {
  EXPECT_FALSE(verdict.verified);
  EXPECT_EQ(verdict.reason, sentence);
  EXPECT_THAT(Texts(verdict, StepOutcome::kFailed), ::testing::ElementsAre(sentence));
}

inline ProofBundle Changed(const std::function<void(ProofBundle&)>& change) {
  ProofBundle bundle = DeliveredMessage().Make();
  change(bundle);
  return bundle;
}

inline void ChangeProof(BundleEntry& entry, const std::function<void(TlogProof&)>& change) {
  TlogProof proof = ParseTlogProof(entry.tlog_proof).value();
  change(proof);
  entry.tlog_proof = FormatTlogProof(proof);
}

// A log whose fourth entry about "m-1" was made by `change` from a sound one.
inline BundleMaker WithLeaf(const std::function<void(LeafFields&)>& change) {
  BundleMaker maker = DeliveredMessage();
  const std::string raw = RawEvent("e-4", "message:status", "sent");
  LeafFields leaf = LeafOf({.event_id = "e-4",
                            .event_type = "message:status",
                            .raw = raw,
                            .event_time = At("2026-11-24T03:47:40Z"),
                            .receive_time = At("2026-11-24T03:47:41Z")});
  change(leaf);
  maker.Add(leaf, raw);
  return maker;
}

}  // namespace affidavit::testing
