// Every single bit of a proof bundle counts: flipped, the file is not verified, unless the bit lies in what only a key
// that was not given could check. A further key can only make a verdict stricter, so each bit is tried with as few as
// need be.
#include <functional>
#include <string>
#include <vector>

#include "core/checkpoint/tlog_proof.h"
#include "core/evidence/timestamp.h"
#include "core/evidence/verify_bundle.h"
#include "gtest/gtest.h"
#include "tests/support/bundle_maker.h"
#include "tests/support/timestamp_authority.h"

namespace affidavit {
namespace {

using testing::BundleMaker;
using testing::FullTrust;

constexpr std::string_view kTimestamps = "\"timestamps\":[\"";

SecretKey NextKey() {
  return testing::FixedKey(testing::kLogName, KeyType::kEd25519, 'N');
}

// One entry in a log of two.
BundleMaker SmallMaker() {
  BundleMaker maker;
  maker.AddOther("x");
  maker.AddPosted({.event_id = "e-2", .event_type = "message:read", .raw = "{}"});
  return maker;
}

BundleTrust OnlyTheLog() {
  return {.log_keys = FullTrust().log_keys};
}

using Verdict = std::function<bool(const std::string& text)>;  // verified?

// The bytes of text[begin, end) in which a bit can be flipped and the text is still verified.
std::vector<size_t> UncheckedBytes(std::string text, size_t begin, size_t end, const Verdict& is_verified) {
  EXPECT_TRUE(is_verified(text));
  std::vector<size_t> unchecked;
  for (size_t bit = begin * 8; bit < end * 8; ++bit) {
    const auto mask = static_cast<char>(1 << bit % 8);
    text[bit / 8] ^= mask;
    if (is_verified(text)) {
      unchecked.push_back(bit / 8);
    }
    text[bit / 8] ^= mask;
  }
  return unchecked;
}

// In shards, for it takes its time.
class EveryBitTest : public ::testing::TestWithParam<size_t> {};
constexpr size_t kShardCount = 4;

TEST_P(EveryBitTest, Counts) {
  ProofBundle bundle = SmallMaker().Make();
  bundle.timestamps = {""};  // what would stand here is not checked without its authority
  const std::string file = EncodeBundle(bundle).value() + "\n";
  const Verdict verdict = [](const std::string& text) { return VerifyBundle(text, OnlyTheLog()).verified; };
  const size_t begin = file.size() * GetParam() / kShardCount;
  const size_t end = file.size() * (GetParam() + 1) / kShardCount;
  // Also in the cosignature, whose key is not given: the checkpoint stands in the file more than once.
  EXPECT_EQ(UncheckedBytes(file, begin, end, verdict), std::vector<size_t>());
}

INSTANTIATE_TEST_SUITE_P(Shards, EveryBitTest, ::testing::Range(size_t{0}, kShardCount));

TEST(VerifyBundleFlipsTest, EveryBitOfATimestampCountsWithItsAuthority) {
  const testing::TimestampAuthority authority;
  BundleMaker maker = SmallMaker();
  maker.cosigned = false;
  const Digest imprint = Sha256(maker.NoteText());
  const std::string response = authority.Answer(MakeTimestampRequest(imprint, "").value());
  ProofBundle bundle = maker.Make();
  bundle.timestamps = {ReadTimestampResponse(response, imprint, "").value()};
  const std::string file = EncodeBundle(bundle).value();
  BundleTrust trust = OnlyTheLog();
  trust.tsa_ca_pem = authority.ca_pem();
  const Verdict verdict = [&](const std::string& text) { return VerifyBundle(text, trust).verified; };
  const size_t begin = file.find(kTimestamps) + kTimestamps.size();
  EXPECT_EQ(UncheckedBytes(file, begin, file.size(), verdict), std::vector<size_t>());
}

// Harder than one bit: the same bit in every copy of the checkpoint, where a signature that was not needed would not be
// missed. What is found: that it does not verify any more, or that it verifies under another name or key id. The sixth
// character of its base64 holds bits of both, so that it can turn into a signature of any other key.
TEST(VerifyBundleFlipsTest, EveryBitOfTheCheckpointCountsInAllItsCopies) {
  BundleMaker maker = SmallMaker();
  maker.more_signers = {{"next", NextKey()}};
  const ProofBundle good = maker.Make();
  BundleTrust trust = FullTrust();
  trust.log_keys.push_back(VerifierKeyOf(NextKey()).value());
  trust.witness_count_min = 0;
  const Verdict verdict = [&](const std::string& checkpoint) {
    ProofBundle bundle = good;
    bundle.checkpoint = checkpoint;
    TlogProof proof = ParseTlogProof(good.entries[0].tlog_proof).value();
    proof.checkpoint = checkpoint;
    bundle.entries[0].tlog_proof = FormatTlogProof(proof);
    const absl::StatusOr<std::string> file = EncodeBundle(bundle);
    return file.ok() && VerifyBundle(*file, trust).verified;
  };
  for (const size_t position : UncheckedBytes(good.checkpoint, 0, good.checkpoint.size(), verdict)) {
    const size_t line = good.checkpoint.rfind("\n\u2014 ", position);
    ASSERT_NE(line, std::string::npos) << position;
    const size_t base64 = good.checkpoint.rfind(' ', position) + 1;
    EXPECT_EQ(position - base64, 5u) << good.checkpoint.substr(line);
  }
}

}  // namespace
}  // namespace affidavit
