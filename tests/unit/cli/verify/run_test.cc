#include "cli/verify/run.h"

#include "boost/json/parse.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/cli/verify/sample_log.h"
#include "tests/unit/cli/verify/test_verify.h"

namespace affidavit::verify {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(VerifyRunTest, NothingToCheckIsUsage) {
  const VerifyResult result = RunVerify({});
  EXPECT_EQ(result.code, ExitCode::kUsage);
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(result.err, StartsWith("affidavit-verify: a BUNDLE is needed"));
}

TEST(VerifyRunTest, HelpAndVersionAreNoErrors) {
  EXPECT_EQ(RunVerify({"--help"}).code, ExitCode::kVerified);
  EXPECT_EQ(RunVerify({"tlog-proof", "--help"}).code, ExitCode::kVerified);
  EXPECT_THAT(RunVerify({"--version"}).out, StartsWith("affidavit-verify "));
}

TEST(VerifyRunTest, UnknownOptionsAndMissingFilesAreUsage) {
  EXPECT_EQ(RunVerify({"--no-such-option"}).code, ExitCode::kUsage);
  EXPECT_EQ(RunVerify({"checkpoint"}).code, ExitCode::kUsage);
  EXPECT_EQ(RunVerify({"no-such-bundle"}).code, ExitCode::kUsage);
  EXPECT_EQ(RunVerify({"checkpoint", "/no/such/file"}).code, ExitCode::kUsage);
  EXPECT_EQ(RunVerify({"checkpoint", "a", "b"}).code, ExitCode::kUsage);
}

TEST(VerifyRunTest, SaysEachStepWithAMarkAndEndsWithTheVerdict) {
  const SampleLog log = SampleLog::WithMessage(6);
  const cli::TemporaryFolder folder;
  const std::string file = folder.Write("checkpoint", log.Checkpoint(6));

  const VerifyResult ascii = RunVerify({"checkpoint", file, "--key", log.vkey()});
  EXPECT_THAT(ascii.out, StartsWith("ok     The checkpoint speaks for the log ledger.example.com/log with 6 leaves"));
  EXPECT_EQ(ascii.Verdict(), "VERIFIED");
  EXPECT_EQ(ascii.err, "");

  const VerifyResult unicode = RunVerify({"checkpoint", file}, Marks::kUnicode);
  EXPECT_EQ(unicode.code, ExitCode::kNotVerified);
  EXPECT_THAT(unicode.out, StartsWith("✓ The checkpoint speaks"));
  EXPECT_THAT(unicode.out, HasSubstr("\n– The checkpoint is not checked for who signed it"));
  EXPECT_EQ(unicode.Verdict(), "NOT VERIFIED: consistent, signer unknown: give the log's key with --key");
}

TEST(VerifyRunTest, SaysTheSameInJson) {
  const SampleLog log = SampleLog::WithMessage(6);
  const cli::TemporaryFolder folder;
  const std::string file = folder.Write("checkpoint", log.Checkpoint(6));

  const VerifyResult good = RunVerify({"checkpoint", file, "--key", log.vkey(), "--output", "json"});
  EXPECT_EQ(good.code, ExitCode::kVerified);
  const boost::json::value verified = boost::json::parse(good.out);
  EXPECT_TRUE(verified.at("verified").as_bool());
  EXPECT_FALSE(verified.as_object().contains("reason"));
  EXPECT_EQ(verified.at("checkpoint").at("tree_size"), 6);
  EXPECT_EQ(verified.at("checkpoint").at("origin"), "ledger.example.com/log");
  EXPECT_EQ(verified.at("steps").at(0).at("outcome"), "passed");

  const VerifyResult bad = RunVerify({"checkpoint", file, "--origin", "other", "--output", "json"});
  EXPECT_EQ(bad.code, ExitCode::kNotVerified);
  const boost::json::value refused = boost::json::parse(bad.out);
  EXPECT_FALSE(refused.at("verified").as_bool());
  EXPECT_EQ(refused.at("reason"), "The checkpoint is of the log ledger.example.com/log, not of other.");
  EXPECT_EQ(refused.at("steps").at(1).at("outcome"), "failed");
  EXPECT_EQ(refused.at("steps").at(2).at("outcome"), "not_checked");
}

TEST(VerifyRunTest, NothingFromAFileDrivesTheTerminal) {
  const cli::TemporaryFolder folder;
  const std::string file = folder.Write("proof", "\x1b[2Jnot a hash\n");
  const VerifyResult result = RunVerify(
      {"inclusion", "--leaf", file, "--index", "0", "--size", "1", "--root", std::string(64, '0'), "--proof", file});
  EXPECT_EQ(result.code, ExitCode::kNotVerified);
  EXPECT_EQ(result.out.find('\x1b'), std::string::npos);
}

TEST(VerifyRunTest, AnAnswerThatCannotBeWrittenIsNoAnswer) {
  const SampleLog log = SampleLog::WithMessage(2);
  const cli::TemporaryFolder folder;
  const std::string file = folder.Write("checkpoint", log.Checkpoint(2));
  std::ostream nowhere(nullptr);
  std::ostringstream err;
  EXPECT_EQ(verify::Run({"checkpoint", file, "--key", log.vkey()}, nowhere, err, Marks::kAscii, false),
            ExitCode::kUsage);
}

}  // namespace
}  // namespace affidavit::verify
