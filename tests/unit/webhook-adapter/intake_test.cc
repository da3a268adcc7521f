#include "webhook-adapter/intake.h"

#include <map>

#include "core/base/digest.h"
#include "core/base/encoding.h"
#include "gtest/gtest.h"

namespace affidavit::adapter {
namespace {

constexpr std::string_view kBody = R"({"id":"e-1"})";
const TimePoint kNow{std::chrono::seconds(1'795'492'054)};

std::vector<SourceOptions> Sources() {
  return {{.name = "genesys",
           .route = "/genesys/telemetry",
           .scheme = SignatureScheme::kHmacSha256Hex,
           .signature_header = "x-genesys-signature",
           .secrets = {{.id = "old", .bytes = "o", .retired = true}, {.id = "k1", .bytes = "secret"}}},
          {.name = "github",
           .route = "/sources/github",
           .scheme = SignatureScheme::kSha256Hex,
           .signature_header = "x-hub-signature-256",
           .secrets = {{.id = "g1", .bytes = "other"}}}};
}

class IntakeTest : public testing::Test {
 protected:
  std::optional<Envelope> Authenticate(const std::string& route, std::map<std::string, std::string> headers) const {
    const SignatureVerifier::HeaderLookup lookup = [&](std::string_view name) -> std::optional<std::string_view> {
      const auto found = headers.find(std::string(name));
      return found == headers.end() ? std::nullopt : std::optional<std::string_view>(found->second);
    };
    return intake_.Authenticate(*intake_.FindSource(route), lookup, std::string(kBody), kNow, "0123456789abcdef");
  }

  const Intake intake_{Sources()};
};

TEST_F(IntakeTest, RoutesNameSources) {
  ASSERT_NE(intake_.FindSource("/genesys/telemetry"), nullptr);
  EXPECT_EQ(intake_.FindSource("/genesys/telemetry")->name, "genesys");
  EXPECT_EQ(intake_.FindSource("/sources/github?retry=1")->name, "github");
  EXPECT_EQ(intake_.FindSource("https://example.com/sources/github")->name, "github");
  for (const char* target : {"", "*", "/", "/genesys", "/genesys/telemetry/", "/GENESYS/telemetry",
                             "/genesys/telemetr%79", "genesys/telemetry", "https://example.com", "example.com:443"}) {
    EXPECT_EQ(intake_.FindSource(target), nullptr) << target;
  }
}

TEST_F(IntakeTest, AnAuthenticBodyBecomesAnEnvelope) {
  const std::string signature = HexEncode(AsBytes(HmacSha256("secret", {kBody})));
  const auto envelope = Authenticate("/genesys/telemetry", {{"x-genesys-signature", signature}});
  ASSERT_TRUE(envelope.has_value());
  EXPECT_EQ(envelope->source, "genesys");
  EXPECT_EQ(envelope->payload, kBody);
  EXPECT_EQ(envelope->receive_time, kNow);
  EXPECT_EQ(envelope->provenance, "webhook");
  EXPECT_EQ(envelope->request_id, "0123456789abcdef");
  EXPECT_EQ(envelope->signature.key_id, "k1");
  EXPECT_EQ(envelope->signature.key_fingerprint, KeyFingerprint("secret"));
  EXPECT_EQ(intake_.FindSource("/genesys/telemetry")->last_authentic_event.Value(), 1'795'492'054);
}

TEST_F(IntakeTest, WrongAndMissingSignaturesAreNone) {
  const std::string retired = HexEncode(AsBytes(HmacSha256("o", {kBody})));
  EXPECT_FALSE(Authenticate("/genesys/telemetry", {}).has_value());
  EXPECT_FALSE(Authenticate("/genesys/telemetry", {{"x-genesys-signature", retired}}).has_value());
  EXPECT_FALSE(Authenticate("/genesys/telemetry", {{"x-genesys-signature", ""}}).has_value());
}

TEST_F(IntakeTest, ASourcesSecretDoesNotSignForAnother) {
  const std::string signature = HexEncode(AsBytes(HmacSha256("secret", {kBody})));
  EXPECT_FALSE(Authenticate("/sources/github", {{"x-hub-signature-256", "sha256=" + signature}}).has_value());
  EXPECT_FALSE(Authenticate("/sources/github", {{"x-genesys-signature", signature}}).has_value());
}

TEST(SigningKeysTest, AllKeysAreNamedTheRetiredToo) {
  const std::vector<SigningKey> keys = SigningKeysOf(Sources());
  ASSERT_EQ(keys.size(), 3U);
  EXPECT_EQ(keys[0].source, "genesys");
  EXPECT_EQ(keys[0].key_id, "old");
  EXPECT_EQ(keys[0].key_fingerprint, KeyFingerprint("o"));
  EXPECT_EQ(keys[2].source, "github");
  EXPECT_EQ(keys[2].key_id, "g1");
}

TEST(MediaTypeTest, ParametersAndCaseDoNotMatter) {
  for (const char* good : {"application/json", "application/json; charset=utf-8", "Application/JSON",
                           "application/json ;charset=UTF-8", " application/json"}) {
    EXPECT_TRUE(IsJsonMediaType(good)) << good;
  }
  for (const char* bad : {"", "text/plain", "application/jsonp", "application/json-seq", "application/x-json",
                          "text/plain; application/json", "application/ json"}) {
    EXPECT_FALSE(IsJsonMediaType(bad)) << bad;
  }
}

}  // namespace
}  // namespace affidavit::adapter
