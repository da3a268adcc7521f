#include "core/checkpoint/cosignature.h"

#include <limits>

#include "core/checkpoint/checkpoint.h"
#include "gtest/gtest.h"
#include "tests/unit/core/checkpoint/published_keys.h"

namespace affidavit {
namespace {

// transparency-dev/formats, note/note_cosigv1_test.go (Apache-2.0).
constexpr char kBody[] = "test\n123\nf+7CoKgXKE/tNys9TTXcr/ad6U/K3xvznmzew9y6SP0=\n";

SecretKey WitnessKey() {
  return ParseSecretKey(GenerateEd25519Key("witness.example.com/w1", KeyType::kCosignatureV1)->secret).value();
}

TEST(CosignatureTest, VerifiesRealWitnesses) {
  const Note note = ParseNote(kArcheCheckpoint).value();
  for (const auto& [vkey, line] : {std::pair{kGardenVkey, 2}, {kRemoraVkey, 4}, {kStagemoleVkey, 5}}) {
    const VerifierKey key = ParseVerifierKey(vkey).value();
    EXPECT_EQ(VerifyCosignature(key.public_key, note.text, note.signatures[line].signature), 0x6a122120) << vkey;
    EXPECT_FALSE(VerifyCosignature(key.public_key, note.text, note.signatures[3].signature).has_value());
  }
}

TEST(CosignatureTest, EveryFlippedBitFails) {
  const SecretKey secret = WitnessKey();
  const VerifierKey key = VerifierKeyOf(secret).value();
  const NoteSignature cosignature = Cosign(secret, kBody, 1'679'315'147).value();
  EXPECT_EQ(cosignature.name, secret.name);
  EXPECT_EQ(cosignature.key_id, key.id);
  EXPECT_EQ(VerifyCosignature(key.public_key, kBody, cosignature.signature), 1'679'315'147);
  for (size_t bit = 0; bit < cosignature.signature.size() * 8; ++bit) {
    std::string bad = cosignature.signature;
    bad[bit / 8] ^= 1 << bit % 8;
    ASSERT_FALSE(VerifyCosignature(key.public_key, kBody, bad).has_value()) << bit;
  }
}

TEST(CosignatureTest, CoversExtensionLines) {
  const SecretKey secret = WitnessKey();
  const VerifierKey key = VerifierKeyOf(secret).value();
  const std::string body = std::string(kBody) + "Extendo\n";
  const NoteSignature cosignature = Cosign(secret, body, 1).value();
  EXPECT_TRUE(VerifyCosignature(key.public_key, body, cosignature.signature).has_value());
  EXPECT_FALSE(VerifyCosignature(key.public_key, kBody, cosignature.signature).has_value());
}

TEST(CosignatureTest, IsNoPlainSignatureOfTheSameKey) {
  const SecretKey secret = WitnessKey();
  VerifierKey plain = VerifierKeyOf(secret).value();
  plain.type = KeyType::kEd25519;
  NoteSignature cosignature = Cosign(secret, kBody, 1).value();
  EXPECT_FALSE(VerifySignature(kBody, cosignature, plain).ok());
  cosignature.signature.erase(0, 8);
  EXPECT_FALSE(VerifySignature(kBody, cosignature, plain).ok());
}

TEST(CosignatureTest, StatesAnyTimeThatTheFormatAllows) {
  const SecretKey secret = WitnessKey();
  const VerifierKey key = VerifierKeyOf(secret).value();
  for (const int64_t time_s : {int64_t{0}, int64_t{1}, std::numeric_limits<int64_t>::max()}) {
    EXPECT_EQ(VerifyCosignature(key.public_key, kBody, Cosign(secret, kBody, time_s)->signature), time_s);
  }
  EXPECT_EQ(Cosign(secret, kBody, -1).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(CosignatureTest, RefusesWhatIsNoCheckpointAndNoCosignatureKey) {
  EXPECT_EQ(Cosign(WitnessKey(), "Note\n\n", 1).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Cosign(ParseSecretKey(kPeterSecret).value(), kBody, 1).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(VerifyCosignature("", kBody, "").has_value());
  EXPECT_FALSE(VerifyCosignature(std::string(32, 'k'), kBody, std::string(72, 's')).has_value());
}

}  // namespace
}  // namespace affidavit
