// tlog-proof, checkpoint, consistency, inclusion, note: over files of our own.
#include "core/base/encoding.h"
#include "core/merkle/hash.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/cli/verify/sample_log.h"
#include "tests/unit/cli/verify/test_verify.h"

namespace affidavit::verify {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string Lines(const std::vector<Digest>& hashes) {
  std::string text;
  for (const Digest& hash : hashes) {
    text += Base64Encode(AsBytes(hash)) + "\n";
  }
  return text;
}

class StandardFilesTest : public ::testing::Test {
 protected:
  void ExpectVerified(const std::vector<std::string>& arguments) {
    const VerifyResult result = RunVerify(arguments);
    EXPECT_EQ(result.code, ExitCode::kVerified) << result.out << result.err;
    EXPECT_EQ(result.Verdict(), "VERIFIED");
  }
  void ExpectNotVerified(const std::vector<std::string>& arguments, const std::string& why) {
    const VerifyResult result = RunVerify(arguments);
    EXPECT_EQ(result.code, ExitCode::kNotVerified) << result.out << result.err;
    EXPECT_THAT(result.Verdict(), StartsWith("NOT VERIFIED: "));
    EXPECT_THAT(result.Verdict(), HasSubstr(why));
  }
  void ExpectUsage(const std::vector<std::string>& arguments) {
    const VerifyResult result = RunVerify(arguments);
    EXPECT_EQ(result.code, ExitCode::kUsage) << result.out;
    EXPECT_EQ(result.out, "");
    EXPECT_THAT(result.err, StartsWith("affidavit-verify: "));
  }

  const SampleLog log_ = SampleLog::WithMessage(11);
  const SampleLog other_ = SampleLog("other.example.com");
  const cli::TemporaryFolder folder_;
  const std::string leaf_ = folder_.Write("leaf", log_.leaf(4));
  const std::string proof_ = folder_.Write("proof", log_.TlogProof(4, log_.Checkpoint(11, true), 11));
};

TEST_F(StandardFilesTest, TlogProofVerifies) {
  ExpectVerified({"tlog-proof", leaf_, proof_, "--key", log_.vkey()});
  ExpectVerified({"tlog-proof", "--key", other_.vkey(), "--key", log_.vkey(), leaf_, proof_});
  ExpectVerified({"tlog-proof", proof_, "--leaf-hash", HexEncode(AsBytes(LeafHash(log_.leaf(4)))), "--key", log_.vkey(),
                  "--witness", log_.witness_vkey(), "--origin", "ledger.example.com/log"});
}

TEST_F(StandardFilesTest, TlogProofOfAnotherLeafLogOrFormDoesNot) {
  const std::string other_leaf = folder_.Write("other", log_.leaf(5));
  ExpectNotVerified({"tlog-proof", other_leaf, proof_, "--key", log_.vkey()}, "not shown to be in the tree");
  ExpectNotVerified({"tlog-proof", leaf_, proof_, "--key", other_.vkey()}, "no given log key signed");
  ExpectNotVerified({"tlog-proof", leaf_, proof_}, "consistent, signer unknown");
  ExpectNotVerified({"tlog-proof", leaf_, proof_, "--key", log_.vkey(), "--origin", "x"}, "not of x");
  ExpectNotVerified({"tlog-proof", leaf_, proof_, "--key", log_.vkey(), "--witness", other_.witness_vkey()},
                    "0 of the given witnesses");
  ExpectNotVerified({"tlog-proof", leaf_, leaf_, "--key", log_.vkey()}, "malformed tlog-proof");
  ExpectNotVerified({"tlog-proof", proof_, "--leaf-hash", "00", "--key", log_.vkey()}, "has 1 bytes, not 32");
  const std::string without_checkpoint = folder_.Write("bare", "c2sp.org/tlog-proof@v1\nindex 0\n\n");
  ExpectNotVerified({"tlog-proof", leaf_, without_checkpoint, "--key", log_.vkey()}, "cannot be read");
}

TEST_F(StandardFilesTest, WitnessesCountAsOftenAsAskedFor) {
  ExpectVerified({"tlog-proof", leaf_, proof_, "--key", log_.vkey(), "--witness", log_.witness_vkey(), "--witness",
                  other_.witness_vkey(), "--witness-count", "1"});
  ExpectNotVerified({"tlog-proof", leaf_, proof_, "--key", log_.vkey(), "--witness", log_.witness_vkey(), "--witness",
                     other_.witness_vkey()},
                    "2 are required");
  ExpectUsage(
      {"tlog-proof", leaf_, proof_, "--key", log_.vkey(), "--witness", log_.witness_vkey(), "--witness-count", "2"});
  ExpectUsage({"tlog-proof", leaf_, proof_, "--key", log_.witness_vkey()});
  ExpectUsage({"tlog-proof", leaf_, proof_, "--key", log_.vkey(), "--witness", log_.vkey()});
}

TEST_F(StandardFilesTest, TlogProofNeedsItsFiles) {
  ExpectUsage({"tlog-proof", proof_, "--key", log_.vkey()});
  ExpectUsage({"tlog-proof", leaf_, folder_.Path("missing"), "--key", log_.vkey()});
  ExpectUsage({"tlog-proof", leaf_, proof_, "--key", "nonsense"});
  ExpectUsage({"tlog-proof", leaf_, proof_, "--leaf-hash", std::string(64, '0')});
}

TEST_F(StandardFilesTest, Checkpoint) {
  const std::string file = folder_.Write("checkpoint", log_.Checkpoint(11, true));
  ExpectVerified({"checkpoint", file, "--key", log_.vkey(), "--witness", log_.witness_vkey()});
  EXPECT_THAT(RunVerify({"checkpoint", file, "--key", log_.vkey(), "--witness", log_.witness_vkey()}).out,
              HasSubstr("saw this checkpoint at 2026-11-24T03:47:34Z (the witness's clock)"));
  std::string changed = log_.Checkpoint(11);
  changed.replace(changed.find("\n11\n"), 4, "\n12\n");
  ExpectNotVerified({"checkpoint", folder_.Write("changed", changed), "--key", log_.vkey()}, "is not valid");
  ExpectNotVerified({"checkpoint", leaf_, "--key", log_.vkey()}, "cannot be read");
}

TEST_F(StandardFilesTest, ConsistencyOfCheckpoints) {
  const std::string older = folder_.Write("older", log_.Checkpoint(6)),
                    newer = folder_.Write("newer", log_.Checkpoint(11)),
                    proof = folder_.Write("consistency", Lines(log_.ConsistencyProof(6, 11))),
                    empty = folder_.Write("empty", "");
  ExpectVerified({"consistency", older, newer, proof, "--key", log_.vkey(), "--origin", "ledger.example.com/log"});
  EXPECT_THAT(RunVerify({"consistency", older, newer, proof, "--key", log_.vkey(), "--output", "json"}).out,
              AllOf(HasSubstr("\"tree_size\":6,"), HasSubstr("\"tree_size\":11,")));
  ExpectVerified({"consistency", newer, newer, empty, "--key", log_.vkey()});
  ExpectNotVerified({"consistency", older, newer, empty, "--key", log_.vkey()}, "not shown to extend");
  ExpectNotVerified({"consistency", newer, older, proof, "--key", log_.vkey()}, "wrong order");
  ExpectNotVerified({"consistency", older, newer, proof}, "signer unknown");
  ExpectNotVerified({"consistency", older, newer, proof, "--key", other_.vkey()}, "no given log key signed");
  ExpectNotVerified({"consistency", older, leaf_, proof, "--key", log_.vkey()}, "cannot be read");
  ExpectNotVerified({"consistency", older, newer, leaf_, "--key", log_.vkey()}, "line 1 of the proof is no hash");
  ExpectUsage({"consistency", older, newer, "--key", log_.vkey()});
}

TEST_F(StandardFilesTest, ConsistencyIsOfOneLog) {
  SampleLog twin("twin.example.com");
  for (uint64_t i = 0; i < 11; ++i) {
    twin.AppendLeaf(log_.leaf(i), "");
  }
  const std::string older = folder_.Write("older", log_.Checkpoint(6)),
                    newer = folder_.Write("newer", twin.Checkpoint(11)),
                    proof = folder_.Write("consistency", Lines(log_.ConsistencyProof(6, 11)));
  ExpectNotVerified({"consistency", older, newer, proof, "--key", log_.vkey(), "--key", twin.vkey()},
                    "of different logs");
}

TEST_F(StandardFilesTest, ConsistencyOfNumbers) {
  const std::string proof = folder_.Write("consistency", Lines(log_.ConsistencyProof(6, 11))),
                    empty = folder_.Write("empty", "");
  const std::string root1 = HexEncode(AsBytes(log_.Root(6))), root2 = Base64Encode(AsBytes(log_.Root(11)));
  ExpectVerified({"consistency", proof, "--size1", "6", "--root1", root1, "--size2", "11", "--root2", root2});
  ExpectNotVerified({"consistency", proof, "--size1", "6", "--root1", root2, "--size2", "11", "--root2", root2},
                    "not shown to extend");
  ExpectNotVerified({"consistency", proof, "--size1", "6", "--root1", "", "--size2", "11", "--root2", root2},
                    "has 0 bytes");
  ExpectNotVerified({"consistency", empty, "--size1", "0", "--root1", root1, "--size2", "0", "--root2", root1}, "");
  ExpectUsage({"consistency", proof, "--size1", "6", "--root1", root1, "--size2", "11"});
  ExpectUsage({"consistency", proof, "--size1", "six", "--root1", root1, "--size2", "11", "--root2", root2});
  ExpectUsage({"consistency", proof, "--size1", "6", "--root1", "?", "--size2", "11", "--root2", root2});
  ExpectUsage({"consistency", proof, "--size1", "6", "--root1", root1, "--size2", "11", "--root2", root2, "--key",
               log_.vkey()});
}

TEST_F(StandardFilesTest, Inclusion) {
  const std::string root = HexEncode(AsBytes(log_.Root(1))), empty = folder_.Write("empty", ""),
                    first = folder_.Write("first", log_.leaf(0));
  ExpectVerified({"inclusion", "--leaf", first, "--index", "0", "--size", "1", "--root", root, "--proof", empty});
  ExpectVerified({"inclusion", "--leaf-hash", root, "--leaf-index", "0", "--tree-size", "1", "--root-hash", root,
                  "--proof", empty});
  ExpectNotVerified({"inclusion", "--leaf", leaf_, "--index", "0", "--size", "1", "--root", root, "--proof", empty},
                    "not shown to be in the tree");
  ExpectNotVerified({"inclusion", "--leaf", first, "--index", "1", "--size", "1", "--root", root, "--proof", empty},
                    "");
  ExpectUsage({"inclusion", "--index", "0", "--size", "1", "--root", root, "--proof", empty});
  ExpectUsage({"inclusion", "--leaf", first, "--size", "1", "--root", root, "--proof", empty});
}

}  // namespace
}  // namespace affidavit::verify
