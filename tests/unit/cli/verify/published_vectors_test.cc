// The standard files of other people's logs, as they published them; tests/unit/core holds more, these show that the
// command line takes them.
#include <filesystem>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/cli/temporary_folder.h"
#include "tests/unit/cli/verify/test_verify.h"
#include "tests/unit/core/checkpoint/published_keys.h"

namespace affidavit::verify {
namespace {

using ::testing::HasSubstr;

class PublishedVectorsTest : public ::testing::Test {
 protected:
  const cli::TemporaryFolder folder_;
};

// C2SP signed-note, and golang.org/x/mod/sumdb/note's tests: a note that two keys signed.
TEST_F(PublishedVectorsTest, SignedNotes) {
  EXPECT_EQ(RunVerify({"note", folder_.Write("c2sp", kC2spNote), "--key", kC2spVkey}).Verdict(), "VERIFIED");
  const std::string go = folder_.Write("go", std::string(kGoText) + "\n" + kPeterLine + kEnochLine);
  const VerifyResult both = RunVerify({"note", go, "--key", kPeterVkey, "--key", kEnochVkey});
  EXPECT_EQ(both.code, ExitCode::kVerified) << both.out;
  EXPECT_THAT(both.out, HasSubstr("Signed by PeterNeumann."));
  EXPECT_THAT(both.out, HasSubstr("Signed by EnochRoot."));
  EXPECT_EQ(RunVerify({"note", go, "--key", kEnochVkey}).code, ExitCode::kVerified);
  EXPECT_EQ(RunVerify({"note", go, "--key", kC2spVkey}).Verdict(), "NOT VERIFIED: No given key signed the note.");
  EXPECT_EQ(RunVerify({"note", go}).code, ExitCode::kNotVerified);
  const std::string forged = folder_.Write("forged", std::string("I am sure.\n\n") + kPeterLine);
  EXPECT_EQ(RunVerify({"note", forged, "--key", kPeterVkey}).code, ExitCode::kNotVerified);
  EXPECT_EQ(RunVerify({"note", folder_.Write("text", kGoText), "--key", kPeterVkey}).code, ExitCode::kNotVerified);
}

// sigstore's log and Google's Pixel log sign with ECDSA; a CT log with Ed25519 beside a signature of a type of its own.
TEST_F(PublishedVectorsTest, CheckpointsOfOtherLogs) {
  EXPECT_EQ(
      RunVerify({"checkpoint", folder_.Write("rekor", kRekorNote), "--key", kRekorVkey, "--origin", "Rekor"}).Verdict(),
      "VERIFIED");
  EXPECT_EQ(RunVerify({"checkpoint", folder_.Write("pixel", kPixelNote), "--key", kPixelVkey}).Verdict(), "VERIFIED");
  const std::string arche = folder_.Write("arche", kArcheCheckpoint);
  const VerifyResult witnessed =
      RunVerify({"checkpoint", arche, "--key", kArcheVkey, "--witness", kRemoraVkey, "--witness", kGardenVkey,
                 "--witness", kStagemoleVkey, "--origin", "arche2025h1.staging.ct.transparency.dev"});
  EXPECT_EQ(witnessed.code, ExitCode::kVerified) << witnessed.out;
  EXPECT_THAT(witnessed.out, HasSubstr("Witness remora.n621.de+da77ade7 saw this checkpoint at 2026-05-23T"));
  EXPECT_EQ(RunVerify({"checkpoint", arche, "--key", kRekorVkey}).code, ExitCode::kNotVerified);
}

// transparency-dev/merkle, proof/verify_test.go (Apache-2.0): leaf 0 and size 1 in a tree of eight leaves. The same two
// proofs are the testdata's inclusion and consistency "happy paths" from size 1 to 8.
TEST_F(PublishedVectorsTest, ProofsOfTheMerkleLibrary) {
  const std::string hashes =
      "lqKW0iTyhcZ77pPDD4owkVfw2qNdxbh+QQt4YwoJz8c=\nXwg/ChozygdqlSeYMlgNs+DvRYS9/x9UyKNg9Q3jAx4=\n"
      "a0eq8p7jwq+a+Im8H7klTavTEXfxYjLdaqsDXKOb9uQ=\n";
  const std::string root1 = "bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=",
                    root8 = "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=";
  const std::string good = folder_.Write("proof", hashes), leaf = folder_.Write("leaf", "");
  const auto inclusion = [&](const std::string& proof, const std::string& index) {
    return RunVerify({"inclusion", "--leaf", leaf, "--index", index, "--size", "8", "--root", root8, "--proof", proof})
        .code;
  };
  const auto consistency = [&](const std::string& proof, const std::string& size1) {
    return RunVerify({"consistency", proof, "--size1", size1, "--root1", root1, "--size2", "8", "--root2", root8}).code;
  };
  EXPECT_EQ(inclusion(good, "0"), ExitCode::kVerified);
  EXPECT_EQ(consistency(good, "1"), ExitCode::kVerified);
  const std::string broken[] = {"\n" + hashes,         hashes + "\n",        hashes + root1,
                                root1 + "\n" + hashes, hashes.substr(0, 90), ""};
  for (const std::string& bytes : broken) {
    const std::string bad = folder_.Write("bad", bytes);
    EXPECT_EQ(inclusion(bad, "0"), ExitCode::kNotVerified) << bytes;
    EXPECT_EQ(consistency(bad, "1"), ExitCode::kNotVerified) << bytes;
  }
  for (const char* other : {"2", "8", "18446744073709551615"}) {
    EXPECT_EQ(inclusion(good, other), ExitCode::kNotVerified) << other;
    EXPECT_EQ(consistency(good, other), ExitCode::kNotVerified) << other;
  }
  EXPECT_EQ(consistency(good, "0"), ExitCode::kNotVerified);
}

}  // namespace
}  // namespace affidavit::verify
