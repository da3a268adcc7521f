// The three schemes with one header. Vectors: `openssl dgst -sha256 -hmac`, and GitHub's own.
#include "core/signature/verifier.h"

#include <map>

#include "core/base/digest.h"
#include "core/base/encoding.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace affidavit {
namespace {

constexpr TimePoint kNow{std::chrono::seconds(1'700'000'000)};
constexpr std::string_view kBody = R"({"id":"e1"})";
// printf '{"id":"e1"}' | openssl dgst -sha256 -hmac 'top secret'
constexpr std::string_view kHex = "90f796a32bf3d69995655374efb1f94f05a0b8cf77d0b30ce65f277a0955f2cf";

using Headers = std::multimap<std::string, std::string, std::less<>>;

absl::StatusOr<SignatureEvidence> Verify(const SignatureVerifier& verifier, const Headers& headers,
                                         std::string_view body = kBody, TimePoint now = kNow) {
  return verifier.Verify(
      [&](std::string_view name) -> std::optional<std::string_view> {
        const auto [begin, end] = headers.equal_range(name);
        return begin != end && std::next(begin) == end ? std::optional<std::string_view>(begin->second) : std::nullopt;
      },
      body, now);
}

SignatureVerifier HexVerifier(std::vector<Secret> secrets = {{.id = "k1", .bytes = "top secret"}}) {
  return {SignatureScheme::kHmacSha256Hex, "x-genesys-signature", std::move(secrets)};
}

bool IsVerified(std::string_view signature, std::string_view body = kBody) {
  return Verify(HexVerifier(), {{"x-genesys-signature", std::string(signature)}}, body).ok();
}

std::string HexOf(std::string_view key) {
  return HexEncode(AsBytes(HmacSha256(key, {kBody})));
}

TEST(SignatureVerifier, HexVectorGivesTheEvidence) {
  const auto evidence = Verify(HexVerifier(), {{"x-genesys-signature", std::string(kHex)}});
  ASSERT_TRUE(evidence.ok()) << evidence.status();
  EXPECT_EQ(*evidence, (SignatureEvidence{.scheme = "hmac-sha256-hex",
                                          .key_id = "k1",
                                          .key_fingerprint = KeyFingerprint("top secret"),
                                          .headers = {{"x-genesys-signature", std::string(kHex)}}}));
}

TEST(SignatureVerifier, EmptyBodyVector) {
  EXPECT_TRUE(IsVerified("787f826cf4136a2a71b8479c373fe5531fbdf2f8c9b2487fe2d7285c25c315f4", ""));
}

TEST(SignatureVerifier, GitHubVector) {
  const SignatureVerifier verifier(SignatureScheme::kSha256Hex, "x-hub-signature-256",
                                   {{.id = "github", .bytes = "It's a Secret to Everybody"}});
  const std::string mac = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
  const auto evidence = Verify(verifier, {{"x-hub-signature-256", "sha256=" + mac}}, "Hello, World!");
  ASSERT_TRUE(evidence.ok()) << evidence.status();
  EXPECT_EQ(evidence->scheme, "sha256-hex");
  for (const std::string& wrong : {mac, "sha1=" + mac, "SHA256=" + mac, "sha256=sha256=" + mac, "sha256= " + mac}) {
    EXPECT_FALSE(Verify(verifier, {{"x-hub-signature-256", wrong}}, "Hello, World!").ok()) << wrong;
  }
}

TEST(SignatureVerifier, Base64Vector) {
  const SignatureVerifier verifier(SignatureScheme::kSha256Base64, "x-hub-signature-256",
                                   {{.id = "k1", .bytes = "top secret"}});
  const std::string mac = "kPeWoyvz1pmVZVN077H5TwWguM930LMM5l8neglV8s8=";
  EXPECT_TRUE(Verify(verifier, {{"x-hub-signature-256", "sha256=" + mac}}).ok());
  // Unpadded, with one unused bit set, as hex, and without its prefix.
  for (const std::string& wrong : {"sha256=" + mac.substr(0, 43), "sha256=" + mac.substr(0, 42) + "9=",
                                   "sha256=" + std::string(kHex), mac, "sha256=" + mac + "\t"}) {
    EXPECT_FALSE(Verify(verifier, {{"x-hub-signature-256", wrong}}).ok()) << wrong;
  }
}

TEST(SignatureVerifier, EveryOtherFormOfTheRightDigestIsRefused) {
  const std::string hex(kHex);
  std::string upper = hex;
  std::transform(upper.begin(), upper.end(), upper.begin(), [](unsigned char c) { return std::toupper(c); });
  const std::string one_upper = "90F" + hex.substr(3);
  for (const std::string& wrong :
       {std::string(), upper, one_upper, hex.substr(1), hex.substr(0, 62), hex + "0", hex + "00", " " + hex, hex + " ",
        hex.substr(0, 32) + " " + hex.substr(32), "g" + hex.substr(1), "sha256=" + hex, hex + ", " + hex, hex + "\n",
        std::string(64, '\0'), std::string("\xFF\xFE"), std::string(100'000, '0')}) {
    EXPECT_FALSE(IsVerified(wrong)) << wrong.substr(0, 80);
  }
}

TEST(SignatureVerifier, EveryChangedBitOfSignatureOrBodyIsRefused) {
  const std::string mac = *HexDecode(kHex);
  for (size_t bit = 0; bit < 8 * mac.size(); ++bit) {
    std::string changed = mac;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(IsVerified(HexEncode(changed))) << bit;
  }
  for (size_t bit = 0; bit < 8 * kBody.size(); ++bit) {
    std::string changed(kBody);
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(IsVerified(kHex, changed)) << bit;
  }
  EXPECT_FALSE(IsVerified(kHex, std::string(kBody) + "\n"));
}

TEST(SignatureVerifier, AbsentOrDoubledHeaderIsRefused) {
  const std::string hex(kHex);
  for (const Headers& headers :
       {Headers{}, Headers{{"x-other", hex}}, Headers{{"x-genesys-signature", hex}, {"x-genesys-signature", hex}}}) {
    const absl::Status status = Verify(HexVerifier(), headers).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated);
  }
}

TEST(SignatureVerifier, MessagesHoldNoHeaderValue) {
  for (const std::string& value : {HexOf("another"), std::string("hunter2")}) {
    const absl::Status status = Verify(HexVerifier(), {{"x-genesys-signature", value}}).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated);
    EXPECT_THAT(status.message(), testing::Not(testing::HasSubstr(value)));
  }
}

TEST(SignatureVerifier, SeveralActiveSecretsNameTheOneThatSigned) {
  const SignatureVerifier verifier =
      HexVerifier({{.id = "old", .bytes = "a"}, {.id = "new", .bytes = "b"}, {.id = "newest", .bytes = "c"}});
  for (const auto& [key, id] : {std::pair("a", "old"), std::pair("b", "new"), std::pair("c", "newest")}) {
    const auto evidence = Verify(verifier, {{"x-genesys-signature", HexOf(key)}});
    ASSERT_TRUE(evidence.ok());
    EXPECT_EQ(evidence->key_id, id);
    EXPECT_EQ(evidence->key_fingerprint, KeyFingerprint(key));
  }
  EXPECT_FALSE(Verify(verifier, {{"x-genesys-signature", HexOf("d")}}).ok());
}

TEST(SignatureVerifier, SecretsCountWithinTheirTimesOnly) {
  constexpr std::chrono::microseconds kTick{1};
  const TimePoint begin = kNow;
  const TimePoint end = kNow + std::chrono::hours(1);
  const SignatureVerifier verifier = HexVerifier({{.id = "k", .bytes = "a", .not_before = begin, .not_after = end}});
  const Headers headers = {{"x-genesys-signature", HexOf("a")}};
  EXPECT_FALSE(Verify(verifier, headers, kBody, begin - kTick).ok());
  EXPECT_TRUE(Verify(verifier, headers, kBody, begin).ok());
  EXPECT_TRUE(Verify(verifier, headers, kBody, end).ok());
  EXPECT_FALSE(Verify(verifier, headers, kBody, end + kTick).ok());
}

TEST(SignatureVerifier, RotationOverlaps) {
  const SignatureVerifier verifier =
      HexVerifier({{.id = "old", .bytes = "a", .not_after = kNow}, {.id = "new", .bytes = "b", .not_before = kNow}});
  const auto verified_by = [&](const char* key, TimePoint now) {
    return Verify(verifier, {{"x-genesys-signature", HexOf(key)}}, kBody, now).ok();
  };
  constexpr std::chrono::seconds kSecond{1};
  EXPECT_TRUE(verified_by("a", kNow - kSecond));
  EXPECT_FALSE(verified_by("b", kNow - kSecond));
  EXPECT_TRUE(verified_by("a", kNow));
  EXPECT_TRUE(verified_by("b", kNow));
  EXPECT_FALSE(verified_by("a", kNow + kSecond));
  EXPECT_TRUE(verified_by("b", kNow + kSecond));
}

TEST(SignatureVerifier, ARetiredSecretNeverVerifies) {
  const SignatureVerifier verifier =
      HexVerifier({{.id = "old", .bytes = "a", .retired = true}, {.id = "new", .bytes = "b"}});
  EXPECT_FALSE(Verify(verifier, {{"x-genesys-signature", HexOf("a")}}).ok());
  EXPECT_FALSE(Verify(HexVerifier({}), {{"x-genesys-signature", HexOf("")}}).ok());
}

}  // namespace
}  // namespace affidavit
