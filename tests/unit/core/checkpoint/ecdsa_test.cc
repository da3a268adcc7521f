#include "core/checkpoint/ecdsa.h"

#include "core/checkpoint/key.h"
#include "core/checkpoint/note.h"
#include "gtest/gtest.h"
#include "tests/unit/core/checkpoint/published_keys.h"

namespace affidavit {
namespace {

TEST(EcdsaTest, VerifiesCheckpointsOfRealLogs) {
  for (const auto& [vkey, text] : {std::pair{kRekorVkey, kRekorNote}, {kPixelVkey, kPixelNote}}) {
    const VerifierKey key = ParseVerifierKey(vkey).value();
    const Note note = ParseNote(text).value();
    EXPECT_TRUE(EcdsaVerify(key.public_key, note.text, note.signatures[0].signature));
    EXPECT_FALSE(EcdsaVerify(key.public_key, note.text + "x", note.signatures[0].signature));
    for (size_t bit = 0; bit < note.signatures[0].signature.size() * 8; ++bit) {
      std::string bad = note.signatures[0].signature;
      bad[bit / 8] ^= 1 << bit % 8;
      ASSERT_FALSE(EcdsaVerify(key.public_key, note.text, bad)) << bit;
    }
  }
}

TEST(EcdsaTest, TakesOnlyNistCurves) {
  const VerifierKey key = ParseVerifierKey(kRekorVkey).value();
  EXPECT_TRUE(IsEcdsaKey(key.public_key));
  EXPECT_FALSE(IsEcdsaKey(""));
  EXPECT_FALSE(IsEcdsaKey(key.public_key + "x"));
  EXPECT_FALSE(IsEcdsaKey(key.public_key.substr(0, key.public_key.size() - 1)));
  EXPECT_FALSE(EcdsaVerify("", "text", "signature"));
  // An Ed25519 key in the same wrapping.
  const std::string ed25519 =
      std::string("\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", 12) + std::string(32, 'k');
  EXPECT_FALSE(IsEcdsaKey(ed25519));
}

}  // namespace
}  // namespace affidavit
