#include "core/signature/verifier.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace affidavit {
namespace {

TEST(SignatureScheme, NamesAndHeaders) {
  const struct {
    SignatureScheme scheme;
    std::string_view name;
    std::string_view header;
  } rows[] = {
      {SignatureScheme::kHmacSha256Hex, "hmac-sha256-hex", "x-genesys-signature"},
      {SignatureScheme::kSha256Base64, "sha256-base64", "x-hub-signature-256"},
      {SignatureScheme::kSha256Hex, "sha256-hex", "x-hub-signature-256"},
      {SignatureScheme::kStandardWebhooks, "standard-webhooks", "webhook-signature"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(SignatureSchemeName(row.scheme), row.name);
    EXPECT_EQ(DefaultSignatureHeader(row.scheme), row.header);
    ASSERT_TRUE(ParseSignatureScheme(row.name).ok());
    EXPECT_EQ(*ParseSignatureScheme(row.name), row.scheme);
  }
}

TEST(SignatureScheme, AnUnknownNameListsTheKnownOnes) {
  const absl::Status status = ParseSignatureScheme("sha1").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(status.message(), testing::HasSubstr("hmac-sha256-hex, sha256-base64, sha256-hex, standard-webhooks"));
}

}  // namespace
}  // namespace affidavit
