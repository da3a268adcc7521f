// A bundle that was made once and is kept: whatever we change, it verifies, and the same log still makes the same
// bytes.
#include <fstream>
#include <sstream>

#include "core/evidence/verify_bundle.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/bundle_maker.h"

namespace affidavit {
namespace {

std::string Golden(const std::string& name) {
  std::ifstream file(std::string(AFFIDAVIT_SOURCE_DIR) + "/tests/unit/core/evidence/testdata/" + name);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

VerifierKey GoldenKey(const std::string& name) {
  std::string vkey = Golden(name);
  vkey.pop_back();
  return ParseVerifierKey(vkey).value();
}

BundleTrust GoldenTrust() {
  return {.log_keys = {GoldenKey("log.vkey")},
          .witness_keys = {GoldenKey("witness.vkey")},
          .witness_count_min = 1,
          .tsa_ca_pem = Golden("tsa-ca.pem"),
          .secrets = ReadTrustedSecret(Golden("hmac-secret")).value()};
}

TEST(GoldenBundleTest, StillVerifies) {
  const BundleVerdict verdict = VerifyBundle(Golden("delivered.json"), GoldenTrust());
  EXPECT_TRUE(verdict.verified) << verdict.reason;
  std::vector<std::string> unchecked;
  for (const VerificationStep& step : verdict.steps) {
    if (step.outcome != StepOutcome::kPassed) {
      unchecked.push_back(step.text);
    }
  }
  EXPECT_THAT(unchecked, ::testing::ElementsAre(::testing::HasSubstr("presence, not absence")));
  EXPECT_EQ(verdict.steps.size(), 12u);
  EXPECT_EQ(verdict.story.status, MessageStatus::kRead);
  EXPECT_EQ(verdict.story.decided_by, 4);
}

TEST(GoldenBundleTest, TheSameLogMakesTheSameBytes) {
  ProofBundle bundle = testing::DeliveredMessage().Make();
  bundle.timestamps = DecodeBundle(Golden("delivered.json")).value().timestamps;  // no two are alike
  EXPECT_EQ(EncodeBundle(bundle).value() + "\n", Golden("delivered.json"));
  EXPECT_EQ(GoldenKey("log.vkey"), testing::FullTrust().log_keys[0]);
  EXPECT_EQ(GoldenKey("witness.vkey"), testing::FullTrust().witness_keys[0]);
}

}  // namespace
}  // namespace affidavit
