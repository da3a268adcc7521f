// Standard Webhooks 1.0.0, with the vector of its reference libraries.
#include <map>

#include "core/base/digest.h"
#include "core/base/encoding.h"
#include "core/signature/verifier.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace affidavit {
namespace {

constexpr std::string_view kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr std::string_view kId = "msg_p5jXN8AQM9LWM0D4loKWxJek";
constexpr std::string_view kTimestamp = "1614265330";
constexpr std::string_view kBody = R"({"test": 2432232314})";
constexpr std::string_view kSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
constexpr TimePoint kSignedAt{std::chrono::seconds(1'614'265'330)};

using Headers = std::map<std::string, std::string, std::less<>>;

Headers VectorHeaders() {
  return {{"webhook-id", std::string(kId)},
          {"webhook-timestamp", std::string(kTimestamp)},
          {"webhook-signature", std::string(kSignature)}};
}

Headers With(const std::string& name, const std::string& value) {
  Headers headers = VectorHeaders();
  headers[name] = value;
  return headers;
}

std::string Key() {
  return *DecodeSecret(SignatureScheme::kStandardWebhooks, kSecret);
}

absl::StatusOr<SignatureEvidence> Verify(const Headers& headers, TimePoint now = kSignedAt) {
  const SignatureVerifier verifier(SignatureScheme::kStandardWebhooks, "ignored", {{.id = "k1", .bytes = Key()}});
  return verifier.Verify(
      [&](std::string_view name) -> std::optional<std::string_view> {
        const auto it = headers.find(name);
        return it == headers.end() ? std::nullopt : std::optional<std::string_view>(it->second);
      },
      kBody, now);
}

// Headers whose signature is right for this id and timestamp, so that only the form of these can be refused.
Headers Signed(const std::string& id, const std::string& timestamp) {
  const Digest mac = HmacSha256(Key(), {id, ".", timestamp, ".", kBody});
  return {
      {"webhook-id", id}, {"webhook-timestamp", timestamp}, {"webhook-signature", "v1," + Base64Encode(AsBytes(mac))}};
}

TEST(StandardWebhooks, VectorGivesTheEvidenceWithAllSignedHeaders) {
  const auto evidence = Verify(VectorHeaders());
  ASSERT_TRUE(evidence.ok()) << evidence.status();
  EXPECT_EQ(*evidence, (SignatureEvidence{.scheme = "standard-webhooks",
                                          .key_id = "k1",
                                          .key_fingerprint = KeyFingerprint(Key()),
                                          .headers = {{"webhook-id", std::string(kId)},
                                                      {"webhook-timestamp", std::string(kTimestamp)},
                                                      {"webhook-signature", std::string(kSignature)}}}));
}

TEST(StandardWebhooks, OneOfSeveralSignaturesIsEnough) {
  const std::string good(kSignature);
  const std::string other = "v1," + Base64Encode(std::string(32, 'x'));
  for (const std::string& list : {other + " " + good, good + " " + other, "v1a,AAAA " + good, "v2,zzz  " + good + " ",
                                  "v1,broken " + good, "nonsense " + good}) {
    EXPECT_TRUE(Verify(With("webhook-signature", list)).ok()) << list;
  }
}

TEST(StandardWebhooks, NoGoodSignatureIsRefused) {
  const std::string mac(kSignature.substr(3));
  for (const std::string& list :
       {std::string(), mac, "v1" + mac, "v1a," + mac, "v2," + mac, "V1," + mac, "v1, " + mac, "v1," + mac.substr(0, 43),
        "v1," + Base64Encode(std::string(32, 'x')), std::string(kSignature) + "," + mac}) {
    const absl::Status status = Verify(With("webhook-signature", list)).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated) << list;
  }
}

TEST(StandardWebhooks, EachHeaderIsNeeded) {
  for (const char* name : {"webhook-id", "webhook-timestamp", "webhook-signature"}) {
    Headers headers = VectorHeaders();
    headers.erase(name);
    EXPECT_EQ(Verify(headers).status().code(), absl::StatusCode::kUnauthenticated) << name;
  }
}

TEST(StandardWebhooks, ToleranceIsFiveMinutesOnBothSides) {
  constexpr std::chrono::microseconds kTick{1};
  EXPECT_TRUE(Verify(VectorHeaders(), kSignedAt + kStandardWebhooksTolerance).ok());
  EXPECT_TRUE(Verify(VectorHeaders(), kSignedAt - kStandardWebhooksTolerance).ok());
  EXPECT_FALSE(Verify(VectorHeaders(), kSignedAt + kStandardWebhooksTolerance + kTick).ok());
  EXPECT_FALSE(Verify(VectorHeaders(), kSignedAt - kStandardWebhooksTolerance - kTick).ok());
}

TEST(StandardWebhooks, TimestampsArePlainDigits) {
  const std::string good(kTimestamp);
  ASSERT_TRUE(Verify(Signed("m", good)).ok());
  for (const std::string& timestamp : {std::string(), "+" + good, "-" + good, " " + good, good + " ", good + ".0",
                                       "0x" + good, std::string("1.614265330e9"), std::string("99999999999999999999"),
                                       good + std::string("\0", 1), std::string("2021-02-25T15:02:10Z")}) {
    EXPECT_EQ(Verify(Signed("m", timestamp)).status().code(), absl::StatusCode::kUnauthenticated) << timestamp;
  }
}

TEST(StandardWebhooks, IdsAreTextWithoutDots) {
  const std::string timestamp(kTimestamp);
  EXPECT_TRUE(Verify(Signed("m\xC3\xA9 1", timestamp)).ok());
  EXPECT_TRUE(Verify(Signed(std::string(1024, 'a'), timestamp)).ok());
  for (const std::string& id : {std::string(), std::string("a.b"), std::string("."), std::string("a\nb"),
                                std::string("\xFF"), std::string(1025, 'a')}) {
    EXPECT_EQ(Verify(Signed(id, timestamp)).status().code(), absl::StatusCode::kUnauthenticated) << id;
  }
}

TEST(StandardWebhooks, LongSignatureListsAreRefused) {
  std::string list(kSignature);
  while (list.size() <= 1024) {
    list += " " + std::string(kSignature);
  }
  EXPECT_FALSE(Verify(With("webhook-signature", list)).ok());
}

TEST(StandardWebhooks, IdAndTimestampAreSigned) {
  EXPECT_FALSE(Verify(With("webhook-id", "msg_other")).ok());
  EXPECT_FALSE(Verify(With("webhook-timestamp", "1614265331")).ok());
}

}  // namespace
}  // namespace affidavit
