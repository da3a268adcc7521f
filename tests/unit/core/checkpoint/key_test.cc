#include "core/checkpoint/key.h"

#include "core/base/encoding.h"
#include "core/checkpoint/ed25519.h"
#include "gtest/gtest.h"
#include "tests/unit/core/checkpoint/published_keys.h"

namespace affidavit {
namespace {

TEST(KeyTest, ReadsPublishedVkeysAndWritesThemAgain) {
  for (const char* vkey : {kPeterVkey, kEnochVkey, kC2spVkey, kRekorVkey, kPixelVkey, kPlusVkey, kArcheVkey,
                           kRemoraVkey, kGardenVkey, kStagemoleVkey}) {
    const absl::StatusOr<VerifierKey> key = ParseVerifierKey(vkey);
    ASSERT_TRUE(key.ok()) << vkey << " " << key.status();
    EXPECT_EQ(FormatVerifierKey(*key), vkey);
  }
  const VerifierKey key = ParseVerifierKey(kC2spVkey).value();
  EXPECT_EQ(key.name, "example.com/foo");
  EXPECT_EQ(key.id, 0x530d903au);
  EXPECT_EQ(key.type, KeyType::kEd25519);
  EXPECT_EQ(HexEncode(key.public_key), "e932791ae6e7a840a46164c904786426d5e7821dd8b29a00d61cae72afdd4da4");
  EXPECT_EQ(ParseVerifierKey(kRemoraVkey)->type, KeyType::kCosignatureV1);
  EXPECT_EQ(ParseVerifierKey(kRekorVkey)->type, KeyType::kEcdsa);
}

// The manglings of golang.org/x/mod/sumdb/note, note_test.go (BSD-3-Clause).
TEST(KeyTest, RefusesMangledVkeys) {
  const std::string vkey = kPeterVkey;
  for (size_t begin = 0; begin < vkey.size(); ++begin) {
    for (size_t end = begin; end <= vkey.size(); ++end) {
      const bool is_whole = begin == 0 && end == vkey.size();
      ASSERT_EQ(ParseVerifierKey(vkey.substr(begin, end - begin)).ok(), is_whole);
    }
  }
  for (size_t i = 0; i < vkey.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string bad = vkey;
      bad[i] ^= 1 << bit;
      ASSERT_FALSE(ParseVerifierKey(bad).ok()) << bad;
    }
  }
  EXPECT_FALSE(ParseVerifierKey(vkey + "\n").ok());
  EXPECT_FALSE(ParseVerifierKey("PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW").ok());
  EXPECT_FALSE(ParseVerifierKey("PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==").ok());
  EXPECT_EQ(ParseVerifierKey("PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW").status().code(),
            absl::StatusCode::kUnimplemented);
  EXPECT_FALSE(ParseVerifierKey("rekor.sigstore.dev+12345678+AwEB").ok());
  EXPECT_FALSE(ParseVerifierKey("rekor.sigstore.dev+12345678+AgEB").ok());
}

TEST(KeyTest, ReadsGosSecretAndWritesItAgain) {
  const SecretKey key = ParseSecretKey(kPeterSecret).value();
  EXPECT_EQ(FormatSecretKey(key), kPeterSecret);
  EXPECT_EQ(FormatVerifierKey(VerifierKeyOf(key).value()), kPeterVkey);
  EXPECT_EQ(ParseSecretKey(std::string(kPeterSecret) + "\n")->seed, key.seed);
  EXPECT_FALSE(ParseSecretKey(std::string(kPeterSecret) + "\n\n").ok());
}

TEST(KeyTest, RefusesMangledSecretsWithoutRepeatingThem) {
  const std::string secret = kPeterSecret;
  const std::string seed_text = secret.substr(secret.rfind('+') + 1);
  for (size_t i = 0; i < secret.size(); ++i) {
    std::string bad = secret;
    ++bad[i];
    const absl::Status status = ParseSecretKey(bad).status();
    ASSERT_FALSE(status.ok()) << i;
    ASSERT_EQ(status.message().find(bad.substr(bad.size() - 20)), std::string::npos);
  }
  for (size_t end = 0; end < secret.size(); ++end) {
    ASSERT_FALSE(ParseSecretKey(secret.substr(0, end)).ok()) << end;
  }
  // A secret given where a vkey belongs is refused, and stays unsaid.
  const absl::Status status = ParseVerifierKey(secret).status();
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(status.message().find(seed_text.substr(0, 8)), std::string::npos);
}

TEST(KeyTest, GeneratesPairsThatBelongTogether) {
  for (const KeyType type : {KeyType::kEd25519, KeyType::kCosignatureV1}) {
    const KeyPairText pair = GenerateEd25519Key("example.com/log42", type).value();
    const SecretKey secret = ParseSecretKey(pair.secret).value();
    const VerifierKey key = ParseVerifierKey(pair.vkey).value();
    EXPECT_EQ(key, VerifierKeyOf(secret).value());
    EXPECT_EQ(key.type, type);
    EXPECT_EQ(key.id, secret.id);
    EXPECT_TRUE(Ed25519Verify(key.public_key, "text", Ed25519Sign(secret.seed, "text").value()));
    EXPECT_NE(pair.vkey, GenerateEd25519Key("example.com/log42", type)->vkey);
  }
  EXPECT_EQ(GenerateEd25519Key("two words").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(GenerateEd25519Key("log", KeyType::kEcdsa).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(KeyTest, TheSameKeyHasAnotherIdForEachTypeAndName) {
  const std::string public_key(32, 'k');
  EXPECT_NE(NoteKeyId("a", KeyType::kEd25519, public_key), NoteKeyId("a", KeyType::kCosignatureV1, public_key));
  EXPECT_NE(NoteKeyId("a", KeyType::kEd25519, public_key), NoteKeyId("b", KeyType::kEd25519, public_key));
}

TEST(KeyTest, NamesHaveNoSpacesOfAnyKind) {
  for (const char* name :
       {"a", "example.com/log42", "transparency.dev/DEV:witness", "Zürich", "日本", "\u200B", "\u2013"}) {
    EXPECT_TRUE(IsKeyName(name)) << name;
  }
  for (const char* name : {"", " ", "a b", "a+b", "a\tb", "a\nb", "a\x01", "a\u0085", "a\u00A0", "a\u1680", "\u2000b",
                           "a\u200Ab", "a\u2028", "a\u2029", "a\u202F", "a\u205F", "a\u3000", "a\xFF", "a\xE2\x80"}) {
    EXPECT_FALSE(IsKeyName(name)) << name;
  }
}

}  // namespace
}  // namespace affidavit
