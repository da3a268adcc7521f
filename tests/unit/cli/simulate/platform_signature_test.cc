#include "cli/simulate/platform_signature.h"

#include <map>

#include "gtest/gtest.h"

namespace affidavit::simulate {
namespace {

constexpr TimePoint kNow{std::chrono::seconds(1'614'265'330)};

std::map<std::string, std::string> Sign(const SigningSecret& secret, const Post& post) {
  const Headers headers = SignatureHeaders(secret, post, kNow);
  return {headers.begin(), headers.end()};
}

// What the adapter's own verifier says.
bool Verifies(const SigningSecret& secret, const Post& post) {
  const auto headers = Sign(secret, post);
  const SignatureVerifier verifier(secret.scheme, secret.header, {{.id = "k1", .bytes = secret.bytes}});
  const auto lookup = [&headers](std::string_view name) -> std::optional<std::string_view> {
    const auto header = headers.find(std::string(name));
    return header == headers.end() ? std::nullopt : std::optional<std::string_view>(header->second);
  };
  return verifier.Verify(lookup, post.body, kNow).ok();
}

const SigningSecret kSecrets[] = {{SignatureScheme::kHmacSha256Hex, "x-genesys-signature", "secret"},
                                  {SignatureScheme::kSha256Base64, "x-hub-signature-256", "secret"},
                                  {SignatureScheme::kSha256Hex, "x-hub-signature-256", "secret"},
                                  {SignatureScheme::kStandardWebhooks, "", "secret"}};

TEST(SignatureHeadersTest, EverySchemeVerifies) {
  for (const SigningSecret& secret : kSecrets) {
    EXPECT_TRUE(Verifies(secret, {.body = "{}"})) << SignatureSchemeName(secret.scheme);
    EXPECT_TRUE(Verifies(secret, {.body = std::string("\0\xFF", 2)})) << SignatureSchemeName(secret.scheme);
  }
}

TEST(SignatureHeadersTest, NoForgeryVerifies) {
  for (const SigningSecret& secret : kSecrets) {
    for (const Forgery forgery :
         {Forgery::kOtherSecret, Forgery::kMissing, Forgery::kTruncated, Forgery::kUpperCase, Forgery::kNotHex}) {
      EXPECT_FALSE(Verifies(secret, {.forgery = forgery, .body = "{}"}))
          << SignatureSchemeName(secret.scheme) << " " << static_cast<int>(forgery);
    }
  }
}

TEST(SignatureHeadersTest, MatchesPublishedVectors) {
  // docs.github.com, "Validating webhook deliveries"
  EXPECT_EQ(Sign({SignatureScheme::kSha256Hex, "x-hub-signature-256", "It's a Secret to Everybody"},
                 {.body = "Hello, World!"})
                .at("x-hub-signature-256"),
            "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17");
}

TEST(SignatureHeadersTest, ARepeatKeepsItsWebhookId) {
  const Post first{.number = 4, .identity = 4, .body = "{}"}, repeat{.number = 9, .identity = 4, .body = "{}"};
  EXPECT_EQ(Sign(kSecrets[3], first).at("webhook-id"), Sign(kSecrets[3], repeat).at("webhook-id"));
}

}  // namespace
}  // namespace affidavit::simulate
