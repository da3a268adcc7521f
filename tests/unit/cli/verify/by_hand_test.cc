// docs/verify-by-hand.md as an examiner follows it: its commands and its script, taken off the page as they stand.
#include <sys/wait.h>

#include <cstdio>

#include "core/base/encoding.h"
#include "core/merkle/hash.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/cli/verify/sample_log.h"

namespace affidavit::verify {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// A file beside the bundle that core keeps to show that old ones go on verifying.
std::string Kept(const std::string& name) {
  return AFFIDAVIT_SOURCE_DIR "/tests/unit/core/evidence/testdata/" + name;
}

// All blocks of the page in `language`, one after the other.
std::string Blocks(const std::string& language) {
  const std::string page = ReadAll(AFFIDAVIT_SOURCE_DIR "/docs/verify-by-hand.md"), opening = "\n```" + language + "\n",
                    closing = "\n```\n";
  std::string blocks;
  for (size_t at = page.find(opening); at != std::string::npos; at = page.find(opening, at)) {
    at += opening.size();
    const size_t end = page.find(closing, at);
    blocks += page.substr(at, end + 1 - at);
    at = end;
  }
  return blocks;
}

struct Output {
  int code;
  std::string text;
};

// Both of its streams.
Output Shell(const std::string& command) {
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  std::string text;
  for (int c = fgetc(pipe); c != EOF; c = fgetc(pipe)) {
    text += static_cast<char>(c);
  }
  return {WEXITSTATUS(pclose(pipe)), text};
}

class ByHandTest : public ::testing::Test {
 protected:
  ByHandTest() {
    folder_.Write("secret", std::string(kSampleSecret) + "\n");
    folder_.Write("verify_by_hand.py", Blocks("python"));
    folder_.Write("commands.sh", Blocks("sh"));
  }

  void Write(const std::string& bundle) { folder_.Write("bundle.json", bundle); }
  Output Script(const std::string& vkey, const std::string& more = "") {
    return Shell("cd " + folder_.Path("") + " && /usr/bin/python3 verify_by_hand.py bundle.json \"" + vkey + "\" " +
                 more);
  }
  // For the bundle that is kept, with its authority.
  Output Commands() {
    return Shell("cd " + folder_.Path("") + " && BUNDLE=bundle.json VKEY=\"$(cat " + Kept("log.vkey") +
                 ")\" CA_FILE=" + Kept("tsa-ca.pem") + " sh -eu commands.sh");
  }

  const SampleLog log_ = SampleLog::WithMessage(11);
  const ProofBundle bundle_ = log_.Bundle(11);
  const std::string good_ = EncodeBundle(bundle_).value();
  const cli::TemporaryFolder folder_;
};

TEST_F(ByHandTest, TheScriptVerifiesABundle) {
  Write(good_ + "\n");
  const Output output = Script(log_.vkey());
  EXPECT_EQ(output.code, 0) << output.text;
  EXPECT_THAT(output.text, EndsWith("\nVERIFIED\n"));
  EXPECT_THAT(output.text, HasSubstr("envelope message:delivery: the platform's clock 2026-11-24T03:47:30.900000Z, the "
                                     "carrier's -, ours 2026-11-24T03:47:31.000000Z"));
}

TEST_F(ByHandTest, TheScriptChecksThePlatformsSignature) {
  Write(good_);
  const Output output = Script(log_.vkey(), "secret");
  EXPECT_EQ(output.code, 0) << output.text;
  EXPECT_THAT(output.text, HasSubstr("ok      entry 4: the platform's secret signed it"));
  folder_.Write("secret", "another\n");
  EXPECT_EQ(Script(log_.vkey(), "secret").code, 1);
}

TEST_F(ByHandTest, TheScriptKnowsIncarnationsAndTheirEnd) {
  SampleLog log = log_;
  log.set_origin("ledger.example.com/log/2");
  Write(EncodeBundle(log.Bundle(11)).value());
  EXPECT_EQ(Script(log.vkey()).code, 0);
  log.set_origin("ledger.example.com/log/1");
  Write(EncodeBundle(log.Bundle(11)).value());
  EXPECT_EQ(Script(log.vkey()).code, 1);
}

TEST_F(ByHandTest, TheScriptRefusesWhatWasTamperedWith) {
  const SampleLog other("ledger.example.com/log");
  Write(good_);
  EXPECT_EQ(Script(other.vkey()).code, 1);
  ProofBundle bundle = bundle_;
  bundle.entries[0].raw->front() = '[';
  Write(EncodeBundle(bundle).value());
  EXPECT_THAT(Script(log_.vkey()).text, EndsWith("NOT VERIFIED: entry 1: is what was posted\n"));
  bundle = bundle_;
  std::swap(bundle.entries[0], bundle.entries[1]);
  Write(EncodeBundle(bundle).value());
  EXPECT_THAT(Script(log_.vkey()).text, EndsWith("NOT VERIFIED: entry 1: stands in its place\n"));
  bundle = bundle_;
  bundle.entries[1].tlog_proof = log_.TlogProof(4, log_.Checkpoint(11), 11);
  Write(EncodeBundle(bundle).value());
  EXPECT_EQ(Script(log_.vkey()).code, 1);
  bundle = bundle_;
  bundle.entries.clear();
  Write(EncodeBundle(bundle).value());
  EXPECT_EQ(Script(log_.vkey()).code, 1);
  Write("{}");
  EXPECT_EQ(Script(log_.vkey()).code, 1);
}

// Every 211th byte, a bit of it that moves on: but for the witness's cosignature, which the script does not look at.
TEST_F(ByHandTest, TheScriptRefusesChangedBits) {
  int flips = 0;
  for (size_t at = 3; at < good_.size(); at += 211, ++flips) {
    std::string changed = good_;
    changed[at] = static_cast<char>(changed[at] ^ (1 << flips % 8));
    Write(changed);
    const Output output = Script(log_.vkey());
    const bool in_cosignature = good_.rfind("witness.example.org ", at) != std::string::npos &&
                                good_.rfind("witness.example.org ", at) > good_.rfind("\\n", at);
    EXPECT_TRUE(output.code == 1 || in_cosignature) << at << ": " << output.text;
  }
  EXPECT_GT(flips, 15);
}

TEST_F(ByHandTest, TheScriptVerifiesTheKeptBundle) {
  Write(ReadAll(Kept("delivered.json")));
  const Output output = Script("$(cat " + Kept("log.vkey") + ")", Kept("hmac-secret"));
  EXPECT_EQ(output.code, 0) << output.text;
  EXPECT_THAT(output.text, HasSubstr("ok      entry 4: the platform's secret signed it"));
}

TEST_F(ByHandTest, TheCommandsShowWhatThePageSays) {
  const std::string file = ReadAll(Kept("delivered.json"));
  const BundleEntry first = DecodeBundle(file).value().entries[0];
  Write(file);
  const Output output = Commands();
  EXPECT_EQ(output.code, 0) << output.text;
  EXPECT_THAT(output.text, HasSubstr("3 entries are what was posted"));
  EXPECT_THAT(output.text, HasSubstr(*first.raw));
  EXPECT_THAT(output.text, HasSubstr("\"receive_time\": \"2026-11-24T03:47:30.250000Z\""));
  EXPECT_THAT(output.text, HasSubstr(HexEncode(AsBytes(LeafHash(first.leaf))) + "  -"));
  EXPECT_THAT(output.text, HasSubstr("Signature Verified Successfully"));
  EXPECT_THAT(output.text, HasSubstr("Verification: OK"));
  EXPECT_THAT(output.text, HasSubstr("Time stamp: "));
}

TEST_F(ByHandTest, TheCommandsRefuseWhatWasTamperedWith) {
  const ProofBundle kept = DecodeBundle(ReadAll(Kept("delivered.json"))).value();
  ProofBundle bundle = kept;
  bundle.entries[1].raw->back() = ']';
  Write(EncodeBundle(bundle).value());
  const Output payload = Commands();
  EXPECT_EQ(payload.code, 1);
  EXPECT_THAT(payload.text, HasSubstr("entry 1 is not what was posted"));
  bundle = kept;
  bundle.checkpoint.replace(bundle.checkpoint.find("\n7\n"), 3, "\n8\n");
  Write(EncodeBundle(bundle).value());
  const Output checkpoint = Commands();
  EXPECT_EQ(checkpoint.code, 1);
  EXPECT_THAT(checkpoint.text, HasSubstr("Signature Verification Failure"));
}

}  // namespace
}  // namespace affidavit::verify
