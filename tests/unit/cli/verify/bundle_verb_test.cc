#include "boost/json/parse.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/cli/verify/sample_log.h"
#include "tests/unit/cli/verify/test_verify.h"

namespace affidavit::verify {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class BundleVerbTest : public ::testing::Test {
 protected:
  std::string Write(const ProofBundle& bundle) { return folder_.Write("bundle.json", EncodeBundle(bundle).value()); }

  const SampleLog log_ = SampleLog::WithMessage(11);
  const cli::TemporaryFolder folder_;
};

TEST_F(BundleVerbTest, VerifiesAndTellsTheStoryWithItsClocks) {
  const VerifyResult result = RunVerify({Write(log_.Bundle(11)), "--key", log_.vkey()});
  EXPECT_EQ(result.code, ExitCode::kVerified) << result.out << result.err;
  EXPECT_EQ(result.Verdict(), "VERIFIED");
  EXPECT_THAT(result.out, HasSubstr("Message msg-5501 of source genesys: DELIVERED (it was delivered)."));
  EXPECT_THAT(result.out, HasSubstr("Leaf 4 says so."));
  EXPECT_THAT(result.out, HasSubstr("2026-11-24T03:47:30.900000Z  when it happened, by the platform's clock"));
  EXPECT_THAT(result.out, HasSubstr("2026-11-24T03:47:31.000000Z  when this was received, by the receiver's clock"));
  EXPECT_THAT(result.out, HasSubstr("A bundle proves presence, not absence"));
}

TEST_F(BundleVerbTest, TheExaminersKeysAndSecretsCount) {
  const std::string bundle = Write(log_.Bundle(11));
  const std::string secret = folder_.Write("secret", std::string(kSampleSecret) + "\n");
  const VerifyResult result =
      RunVerify({bundle, "--key", log_.vkey(), "--witness", log_.witness_vkey(), "--hmac-secret-file", secret});
  EXPECT_EQ(result.code, ExitCode::kVerified) << result.out;
  EXPECT_THAT(result.out, HasSubstr("The platform's signature (HMAC) of 2 entries is what the given secret makes"));
  EXPECT_THAT(result.out, HasSubstr("saw this checkpoint at 2026-11-24T03:47:34"));

  const SampleLog other("other.example.com");
  EXPECT_EQ(RunVerify({bundle, "--key", other.vkey()}).code, ExitCode::kNotVerified);
  EXPECT_EQ(RunVerify({bundle, "--key", log_.vkey(), "--witness", other.witness_vkey()}).code, ExitCode::kNotVerified);
}

TEST_F(BundleVerbTest, WithoutAKeyItIsConsistentAndNoMore) {
  const VerifyResult result = RunVerify({Write(log_.Bundle(11))});
  EXPECT_EQ(result.code, ExitCode::kNotVerified);
  EXPECT_EQ(result.Verdict(), "NOT VERIFIED: consistent, signer unknown");
  EXPECT_THAT(result.out, HasSubstr("What the file says, which is not verified:\nMessage msg-5501"));
}

TEST_F(BundleVerbTest, AChangedPayloadIsFound) {
  ProofBundle bundle = log_.Bundle(11);
  bundle.entries[0].raw->back() = ']';
  const VerifyResult result = RunVerify({Write(bundle), "--key", log_.vkey()});
  EXPECT_EQ(result.code, ExitCode::kNotVerified);
  EXPECT_THAT(result.Verdict(), HasSubstr("are not those that its leaf was made from"));
  EXPECT_THAT(result.out, HasSubstr("\nFAILED The posted bytes of entry 1"));
}

TEST_F(BundleVerbTest, WhatIsNoBundleIsNotVerified) {
  const VerifyResult result = RunVerify({folder_.Write("bundle.json", "{}"), "--key", log_.vkey()});
  EXPECT_EQ(result.code, ExitCode::kNotVerified);
  EXPECT_THAT(result.Verdict(), StartsWith("NOT VERIFIED: The file cannot be read"));
}

TEST_F(BundleVerbTest, FilesThatCannotBeReadAreUsage) {
  const std::string bundle = Write(log_.Bundle(11)), missing = folder_.Path("missing");
  EXPECT_EQ(RunVerify({bundle, "--key", log_.vkey(), "--tsa-ca", missing}).code, ExitCode::kUsage);
  EXPECT_EQ(RunVerify({bundle, "--key", log_.vkey(), "--tsa-ca", folder_.Write("empty", "")}).code, ExitCode::kUsage);
  EXPECT_EQ(RunVerify({bundle, "--key", log_.vkey(), "--hmac-secret-file", missing}).code, ExitCode::kUsage);
  EXPECT_EQ(RunVerify({bundle, "--key", "nonsense"}).code, ExitCode::kUsage);
  EXPECT_EQ(RunVerify({bundle, "--message", "x"}).code, ExitCode::kUsage);
}

TEST_F(BundleVerbTest, TellsTheStoryInJson) {
  const VerifyResult result = RunVerify({Write(log_.Bundle(11)), "--key", log_.vkey(), "--output", "json"});
  EXPECT_EQ(result.code, ExitCode::kVerified);
  const boost::json::value document = boost::json::parse(result.out);
  const boost::json::value& message = document.at("message");
  EXPECT_EQ(message.at("message_id"), kSampleMessage);
  EXPECT_EQ(message.at("status"), "DELIVERED");
  EXPECT_EQ(message.at("decided_by"), 4);
  ASSERT_EQ(message.at("facts").as_array().size(), 2U);
  EXPECT_EQ(message.at("facts").at(0).at("status"), "PENDING");
  EXPECT_EQ(message.at("facts").at(0).at("receive_time"), "2026-11-24T03:47:30.250000Z");
}

}  // namespace
}  // namespace affidavit::verify
