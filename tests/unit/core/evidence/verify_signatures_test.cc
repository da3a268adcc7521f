// Every signature that a bundle can bear: the log's, witnesses', authorities', the platform's.
#include "core/evidence/verify_bundle.h"

#include "core/base/digest.h"
#include "core/base/encoding.h"
#include "core/base/text.h"
#include "tests/unit/core/evidence/verdict.h"

namespace affidavit {
namespace {

using testing::BundleMaker;
using testing::Changed;
using testing::ChangeProof;
using ::testing::Contains;
using testing::DeliveredMessage;
using testing::ExpectOneFault;
using testing::FullTrust;
using ::testing::HasSubstr;
using testing::Texts;
using testing::Verify;
using testing::WithLeaf;

TEST(VerifySignaturesTest, LogSignature) {
  BundleTrust trust = FullTrust();
  trust.log_keys = {VerifierKeyOf(testing::FixedKey("other", KeyType::kEd25519, 'O')).value()};
  ExpectOneFault(Verify(DeliveredMessage().Make(), trust),
                 "The log's signature does not hold: no given log key signed the checkpoint.");
  trust = FullTrust();
  trust.log_keys[0].public_key = VerifierKeyOf(testing::FixedKey("other", KeyType::kEd25519, 'O')).value().public_key;
  ExpectOneFault(Verify(DeliveredMessage().Make(), trust),
                 "The log's signature does not hold: the signature of key ledger.example.com/2026 is not valid.");
  trust = FullTrust();
  trust.log_keys = trust.witness_keys;
  EXPECT_THAT(Verify(DeliveredMessage().Make(), trust).reason,
              "The log's signature does not hold: the key of witness witness.example.org was given as a log's key.");
}

TEST(VerifySignaturesTest, RotatedKeys) {
  BundleMaker maker = DeliveredMessage();
  const SecretKey next = testing::FixedKey(testing::kLogName, KeyType::kEd25519, 'N');
  maker.more_signers = {{"next", next}};
  const ProofBundle bundle = maker.Make();
  BundleTrust both = FullTrust(), only_next = FullTrust();
  both.log_keys.push_back(VerifierKeyOf(next).value());
  only_next.log_keys = {VerifierKeyOf(next).value()};
  for (const BundleTrust& trust : {FullTrust(), both, only_next}) {
    const BundleVerdict verdict = Verify(bundle, trust);
    EXPECT_TRUE(verdict.verified) << verdict.reason;
  }
  EXPECT_TRUE(Verify(DeliveredMessage().Make(), both).verified);  // not yet signed by the next
}

TEST(VerifySignaturesTest, Origin) {
  BundleMaker maker = DeliveredMessage();
  maker.origin = "ledger.example.com/2026/2";
  const BundleVerdict verdict = Verify(maker.Make());
  EXPECT_TRUE(verdict.verified) << verdict.reason;
  EXPECT_THAT(
      Texts(verdict, StepOutcome::kPassed),
      Contains("The checkpoint is of \"ledger.example.com/2026/2\": incarnation 2 of the key's log. It was opened "
               "again after a loss, and says what was lost in an entry of its own."));
  for (const std::string origin :
       {"ledger.example.com", "ledger.example.com/2026/", "ledger.example.com/2026/1", "ledger.example.com/2026/0",
        "ledger.example.com/2026/02", "ledger.example.com/2026/2/2", "ledger.example.com/20262",
        "LEDGER.example.com/2026", "other"}) {
    maker.origin = origin;
    ExpectOneFault(Verify(maker.Make()),
                   "The checkpoint is of the log \"" + origin + "\", for which no key that signed it speaks.");
  }
}

// A signature that loses its name or id by a flipped bit must not pass for one of a key that was not given.
TEST(VerifySignaturesTest, ASignatureUnderAnotherName) {
  for (const std::string_view name : {"witness.example.org", "ledger.example.com/2026"}) {
    BundleMaker maker = DeliveredMessage();
    maker.more_signers = {{"next", testing::FixedKey(testing::kLogName, KeyType::kEd25519, 'N')}};
    ProofBundle bundle = maker.Make();
    std::string note = bundle.checkpoint;
    note[note.rfind(Concat({"\u2014 ", name, " "})) + 5] ^= 2;
    bundle.checkpoint = note;
    for (BundleEntry& entry : bundle.entries) {
      ChangeProof(entry, [&](TlogProof& proof) { proof.checkpoint = note; });
    }
    BundleTrust trust = FullTrust();
    trust.log_keys.push_back(VerifierKeyOf(testing::FixedKey(testing::kLogName, KeyType::kEd25519, 'N')).value());
    trust.witness_count_min = 0;
    const BundleVerdict verdict = Verify(bundle, trust);
    EXPECT_FALSE(verdict.verified);
    EXPECT_THAT(verdict.reason, HasSubstr(Concat({"A signature of the given key \"", name, "\" (key id "})));
    EXPECT_THAT(verdict.reason, HasSubstr("stands under another name or key id."));
  }
}

TEST(VerifySignaturesTest, Witnesses) {
  BundleMaker maker = DeliveredMessage();
  maker.cosigned = false;
  ExpectOneFault(
      Verify(maker.Make()),
      "The witnesses' cosignatures do not suffice: 0 of the given witnesses cosigned the checkpoint, 1 are required.");
  BundleTrust trust = FullTrust();
  trust.witness_count_min = 0;
  const BundleVerdict verdict = Verify(maker.Make(), trust);
  EXPECT_TRUE(verdict.verified);
  EXPECT_THAT(Texts(verdict, StepOutcome::kNotChecked),
              Contains("None of the given witnesses cosigned this checkpoint; none was required."));
  trust = {.log_keys = FullTrust().log_keys, .witness_count_min = 1};
  ExpectOneFault(
      Verify(DeliveredMessage().Make(), trust),
      "The witnesses' cosignatures do not suffice: 0 of the given witnesses cosigned the checkpoint, 1 are required.");
  trust = FullTrust();
  trust.witness_keys[0].public_key =
      VerifierKeyOf(testing::FixedKey("o", KeyType::kCosignatureV1, 'O')).value().public_key;
  ExpectOneFault(Verify(DeliveredMessage().Make(), trust),
                 "The witnesses' cosignatures do not suffice: the signature of key witness.example.org is not valid.");
}

TEST(VerifySignaturesTest, Timestamps) {
  BundleTrust trust = FullTrust();
  trust.tsa_ca_pem = "no certificate";
  const BundleVerdict verdict = Verify(Changed([](ProofBundle& bundle) { bundle.timestamps = {"no token"}; }), trust);
  EXPECT_FALSE(verdict.verified);
  EXPECT_THAT(verdict.reason, HasSubstr("Time-stamp 1 does not hold: not a time-stamp token: "));
}

TEST(VerifySignaturesTest, PlatformSignatures) {
  BundleTrust trust = FullTrust();
  trust.secrets = ReadTrustedSecret("another secret").value();
  const BundleVerdict other = Verify(DeliveredMessage().Make(), trust);
  EXPECT_TRUE(other.verified);
  EXPECT_THAT(
      Texts(other, StepOutcome::kNotChecked),
      Contains("The platform's signature (HMAC) of entry 1 (leaf_index 1) was not checked, for its secret was not "
               "given: key id \"2026-11\", fingerprint c4d97b7c2bab47a0."));
  EXPECT_THAT(Texts(other, StepOutcome::kPassed), ::testing::Not(Contains(HasSubstr("HMAC"))));

  const std::string fault =
      "The platform's signature (HMAC) of entry 4 (leaf_index 7) is not what its secret makes of the posted bytes.";
  ExpectOneFault(
      Verify(WithLeaf([](LeafFields& leaf) { leaf.signature->headers[0].second = std::string(64, '0'); }).Make()),
      fault);
  ExpectOneFault(Verify(WithLeaf([](LeafFields& leaf) { leaf.signature->headers.clear(); }).Make()), fault);
  ExpectOneFault(Verify(WithLeaf([](LeafFields& leaf) { leaf.signature->scheme = "rot13"; }).Make()), fault);
}

TEST(VerifySignaturesTest, PlatformSignatureOfEveryScheme) {
  const std::string raw = testing::RawEvent("e-4", "message:status", "sent");
  const auto verify = [&](const std::string& scheme, std::vector<std::pair<std::string, std::string>> headers,
                          const std::string& secret_text) {
    const std::vector<Secret> secrets = ReadTrustedSecret(secret_text).value();
    const std::string& key = secrets.back().bytes;
    BundleTrust trust = FullTrust();
    trust.secrets.insert(trust.secrets.end(), secrets.begin(), secrets.end());
    return Verify(
        WithLeaf([&](LeafFields& leaf) {
          leaf.signature = SignatureEvidence{
              .scheme = scheme, .key_id = "k", .key_fingerprint = KeyFingerprint(key), .headers = std::move(headers)};
        }).Make(),
        trust);
  };
  const Digest plain = HmacSha256("GitHub's", {raw});
  EXPECT_TRUE(
      verify("sha256-hex", {{"x-hub-signature-256", "sha256=" + HexEncode(AsBytes(plain))}}, "GitHub's").verified);
  EXPECT_TRUE(verify("sha256-base64", {{"x-any", "sha256=" + Base64Encode(AsBytes(plain))}}, "GitHub's\n").verified);
  EXPECT_FALSE(verify("sha256-base64", {{"x-any", "sha256=" + HexEncode(AsBytes(plain))}}, "GitHub's").verified);

  // Signed years before or after any clock of ours, in the secret's text form of that scheme.
  const std::string key(24, 'k');
  const std::string mac = "v1," + Base64Encode(AsBytes(HmacSha256(key, {"msg_1.1614265330.", raw})));
  const auto standard = [&](const std::string& timestamp) {
    return verify("standard-webhooks",
                  {{"webhook-id", "msg_1"}, {"webhook-timestamp", timestamp}, {"webhook-signature", "v1,xx " + mac}},
                  "whsec_" + Base64Encode(key));
  };
  EXPECT_TRUE(standard("1614265330").verified);
  for (const std::string timestamp : {"1614265331", "", "-1614265330", "99999999999999999999", "16142653.30"}) {
    EXPECT_FALSE(standard(timestamp).verified) << timestamp;
  }
}

TEST(ReadTrustedSecretTest, ReadsTheTextAsEverySchemeWould) {
  EXPECT_EQ(ReadTrustedSecret("plain\n").value().size(), 1u);
  const std::vector<Secret> both = ReadTrustedSecret("whsec_" + Base64Encode(std::string(24, 'k')) + "\n").value();
  ASSERT_EQ(both.size(), 2u);
  EXPECT_EQ(both[0].bytes, "whsec_" + Base64Encode(std::string(24, 'k')));
  EXPECT_EQ(both[1].bytes, std::string(24, 'k'));
  EXPECT_EQ(ReadTrustedSecret("").status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace affidavit
