#include "core/base/encoding.h"
#include "core/signature/verifier.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace affidavit {
namespace {

std::string Decoded(SignatureScheme scheme, std::string_view text) {
  const absl::StatusOr<std::string> secret = DecodeSecret(scheme, text);
  return secret.ok() ? *secret : "error: " + std::string(secret.status().message());
}

TEST(DecodeSecret, DropsOneLineEndAndNothingElse) {
  constexpr auto kScheme = SignatureScheme::kHmacSha256Hex;
  EXPECT_EQ(Decoded(kScheme, "secret"), "secret");
  EXPECT_EQ(Decoded(kScheme, "secret\n"), "secret");
  EXPECT_EQ(Decoded(kScheme, "secret\r\n"), "secret");
  EXPECT_EQ(Decoded(kScheme, "secret\n\n"), "secret\n");
  EXPECT_EQ(Decoded(kScheme, "secret\r"), "secret\r");
  EXPECT_EQ(Decoded(kScheme, " secret "), " secret ");
  EXPECT_EQ(Decoded(kScheme, std::string_view("a\0b", 3)), std::string_view("a\0b", 3));
}

TEST(DecodeSecret, PrefixMeansSomethingForStandardWebhooksOnly) {
  EXPECT_EQ(Decoded(SignatureScheme::kStandardWebhooks, "whsec_AAEC\n"), std::string_view("\0\1\2", 3));
  EXPECT_EQ(Decoded(SignatureScheme::kStandardWebhooks, "plain"), "plain");
  EXPECT_EQ(Decoded(SignatureScheme::kSha256Hex, "whsec_AAEC"), "whsec_AAEC");
}

TEST(DecodeSecret, RefusesWithoutRepeatingTheSecret) {
  const struct {
    SignatureScheme scheme;
    std::string_view text;
  } rows[] = {
      {SignatureScheme::kHmacSha256Hex, ""},
      {SignatureScheme::kHmacSha256Hex, "\n"},
      {SignatureScheme::kStandardWebhooks, "whsec_"},
      {SignatureScheme::kStandardWebhooks, "whsec_not*base64"},
      {SignatureScheme::kStandardWebhooks, "whsk_AAEC"},
      {SignatureScheme::kStandardWebhooks, "whpk_AAEC"},
  };
  for (const auto& row : rows) {
    const absl::Status status = DecodeSecret(row.scheme, row.text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << row.text;
    EXPECT_THAT(status.message(), testing::Not(testing::HasSubstr("not*base64")));
    EXPECT_THAT(status.message(), testing::Not(testing::HasSubstr("AAEC")));
  }
}

// printf 'affidavit.key_fingerprint.v1\0secret' | sha256sum | cut -c1-16
TEST(KeyFingerprint, IsTheBeginningOfALabelledDigest) {
  EXPECT_EQ(HexEncode(KeyFingerprint("secret")), "780fb15ca3378d4d");
  EXPECT_EQ(KeyFingerprint("secret").size(), 8U);
  EXPECT_NE(KeyFingerprint("secret"), KeyFingerprint("secret\n"));
}

}  // namespace
}  // namespace affidavit
