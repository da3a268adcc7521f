#include "services/ledger/append/prepare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/encoding.h"

namespace affidavit::ledger {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;

constexpr std::string_view kBody = R"({"id":"e-1","type":"message:delivery","version":"1",)"
                                   R"("message":{"id":"m-1","direction":"outbound","channel":"sms"}})";

TimePoint At(std::string_view text) {
  return ParseRfc3339(text).value();
}

class PrepareTest : public ::testing::Test {
 protected:
  PrepareTest() {
    envelope_.source = "genesys";
    envelope_.payload = kBody;
    envelope_.receive_time = At("2024-02-29T10:00:00.5Z");
    envelope_.signature = SignatureEvidence{.scheme = "hmac-sha256-hex",
                                            .key_id = "key-1",
                                            .key_fingerprint = "12345678",
                                            .headers = {{"x-genesys-signature", "00ff"}}};
    envelope_.provenance = "webhook";
    envelope_.adapter_id = "adapter-1";
    record_.kind = EntryKind::kStatus;
    record_.source = "genesys";
    record_.idempotency_key = "timeout:m-1";
    record_.payload = R"({"status":"timeout"})";
  }

  Prepared Prepare() { return PrepareEnvelope(envelope_, admitter_, retention_, owner_); }
  Prepared PrepareTheRecord() { return PrepareRecord(record_, At("2024-02-29T10:00:00Z"), retention_, owner_); }

  static std::vector<std::string> FieldsAtFault(const Prepared& prepared) {
    std::vector<std::string> fields;
    for (const FieldViolation& violation : std::get<1>(prepared)) {
      fields.push_back(violation.field);
    }
    return fields;
  }

  const Admitter admitter_{BuiltinProfile("default").value()};
  RetentionRules retention_;
  std::shared_ptr<const int> owner_ = std::make_shared<int>(0);
  IncomingEnvelope envelope_;
  IncomingRecord record_;
};

TEST_F(PrepareTest, AnEnvelopeBecomesALeafWithoutCopyingItsPayload) {
  const auto prepared = std::get<PreparedEntry>(Prepare());
  const LeafFields& fields = prepared.entry.fields;
  EXPECT_EQ(fields.kind, EntryKind::kEnvelope);
  EXPECT_EQ(fields.source, "genesys");
  EXPECT_EQ(fields.event_id, "e-1");
  EXPECT_EQ(fields.event_type, "message:delivery");
  EXPECT_EQ(fields.channel, "SMS");
  EXPECT_EQ(fields.direction, "outbound");
  EXPECT_EQ(fields.message_id, "m-1");
  EXPECT_EQ(fields.receive_time, *envelope_.receive_time);
  EXPECT_EQ(fields.adapter_id, "adapter-1");
  EXPECT_EQ(fields.payload_sha256, Sha256(kBody));
  EXPECT_EQ(fields.payload_size, static_cast<int64_t>(kBody.size()));
  EXPECT_EQ(fields.signature, envelope_.signature);
  EXPECT_EQ(fields.provenance, "webhook");
  EXPECT_EQ(fields.retention_class, "default");
  EXPECT_EQ(fields.retain_until, At("2031-02-28T10:00:00.5Z")) << "seven calendar years";
  EXPECT_EQ(DecodeLeaf(prepared.entry.leaf).value(), fields);
  EXPECT_EQ(prepared.entry.leaf_hash, LeafHash(prepared.entry.leaf));
  EXPECT_EQ(prepared.entry.payload.data(), kBody.data());
  EXPECT_EQ(prepared.owner.get(), owner_.get());
  EXPECT_TRUE(prepared.clock_checked);
  EXPECT_EQ(prepared.entry.payload_id, 0);
}

TEST_F(PrepareTest, WhatIsOutOfScopeIsKeptForNinetyDays) {
  envelope_.payload = R"({"id":"e-1","type":"message:send","message":{"direction":"inbound","channel":"SMS"}})";
  const auto prepared = std::get<PreparedEntry>(Prepare());
  EXPECT_EQ(prepared.entry.fields.kind, EntryKind::kExcluded);
  EXPECT_EQ(prepared.reason, "direction");
  EXPECT_EQ(prepared.entry.fields.retention_class, "excluded");
  EXPECT_EQ(prepared.entry.fields.retain_until, At("2024-05-29T10:00:00.5Z"));
}

TEST_F(PrepareTest, WhatCannotBeReadIsKeptLikeEvidence) {
  envelope_.payload = "\xff not JSON";
  const auto prepared = std::get<PreparedEntry>(Prepare());
  EXPECT_EQ(prepared.entry.fields.kind, EntryKind::kQuarantined);
  EXPECT_EQ(prepared.reason, "not_json");
  EXPECT_EQ(prepared.entry.fields.retention_class, "default");
  EXPECT_FALSE(prepared.entry.payload_error.empty());
}

TEST_F(PrepareTest, RetentionFollowsTheRules) {
  retention_.years = 3;
  EXPECT_EQ(std::get<PreparedEntry>(Prepare()).entry.fields.retain_until, At("2027-02-28T10:00:00.5Z"));
}

TEST_F(PrepareTest, ALongerPolicyNamesTheClassAndAShorterOneNothing) {
  RetentionPolicies policies;
  policies.Add({.channel = "SMS", .regime = "finra-4511", .years = 6});
  retention_.policies = &policies;
  EXPECT_EQ(std::get<PreparedEntry>(Prepare()).entry.fields.retention_class, "default");
  policies.Add({.channel = "SMS", .regime = "house-rule", .years = 9});
  const auto prepared = std::get<PreparedEntry>(Prepare());
  EXPECT_EQ(prepared.entry.fields.retention_class, "house-rule");
  EXPECT_EQ(prepared.entry.fields.retain_until, At("2033-02-28T10:00:00.5Z"));
  EXPECT_EQ(std::get<PreparedEntry>(PrepareTheRecord()).entry.fields.retention_class, "default") << "of no channel";
  envelope_.payload = R"({"id":"e-1","type":"message:send","message":{"direction":"inbound","channel":"SMS"}})";
  EXPECT_EQ(std::get<PreparedEntry>(Prepare()).entry.fields.retention_class, "excluded");
}

TEST_F(PrepareTest, WhatCallsItselfAnActMustBeOne) {
  record_.kind = EntryKind::kGovernance;
  record_.event_type = "hold:release";
  EXPECT_THAT(FieldsAtFault(PrepareTheRecord()), ElementsAre("payload"));
  record_.payload = R"({"act":"hold:release","actor":"ada","hold_id":"H-1","v":1})";
  EXPECT_EQ(PrepareTheRecord().index(), 0U);
  record_.event_type = "adapter:retire";
  EXPECT_THAT(FieldsAtFault(PrepareTheRecord()), ElementsAre("payload"));
  record_.payload = R"({"act":"adapter:retire","actor":"ada","adapter_id":"adapter-1","v":1})";
  EXPECT_EQ(PrepareTheRecord().index(), 0U);
  record_.event_type = "log:something";
  record_.payload = "{}";
  EXPECT_EQ(PrepareTheRecord().index(), 0U) << "other governance is not ours to judge";
}

TEST_F(PrepareTest, AllFaultsAreToldAtOnce) {
  envelope_.receive_time = std::nullopt;
  envelope_.signature = std::nullopt;
  envelope_.provenance = "readmitted";  // not for senders to say
  envelope_.adapter_id = "adapter 1";
  EXPECT_THAT(FieldsAtFault(Prepare()), ElementsAre("receive_time", "signature", "provenance", "adapter_id"));
}

TEST_F(PrepareTest, EvidenceHasToBeSound) {
  envelope_.signature->scheme = "md5";
  envelope_.signature->key_id = "";
  envelope_.signature->key_fingerprint = "short";
  envelope_.signature->headers = {{"x-signature", "\xff"}};
  EXPECT_THAT(FieldsAtFault(Prepare()),
              ElementsAre("signature.scheme", "signature.key_id", "signature.key_fingerprint", "signature.headers"));
}

TEST_F(PrepareTest, EvidenceIsBounded) {
  envelope_.signature->headers.assign(33, {"x-signature", "00"});
  EXPECT_THAT(FieldsAtFault(Prepare()), ElementsAre("signature.headers"));
  envelope_.signature->headers = {{"x-signature", std::string(17 << 10, '0')}};
  EXPECT_THAT(FieldsAtFault(Prepare()), ElementsAre("signature.headers"));
}

TEST_F(PrepareTest, FaultsNeverQuoteValues) {
  envelope_.signature->headers = {{"x-secret",
                                   "\xff"
                                   "secret"}};
  envelope_.adapter_id = "secret adapter";
  const Prepared prepared = Prepare();
  for (const FieldViolation& violation : std::get<1>(prepared)) {
    EXPECT_EQ((violation.field + violation.description).find("secret"), std::string::npos);
  }
}

TEST_F(PrepareTest, ReadmissionKeepsTheFirstReceiptsTime) {
  envelope_.readmitted = true;
  envelope_.provenance = "";
  const auto prepared = std::get<PreparedEntry>(Prepare());
  EXPECT_EQ(prepared.entry.fields.provenance, "readmitted");
  EXPECT_FALSE(prepared.clock_checked);
}

TEST_F(PrepareTest, ARecordCarriesItsKeyAndNoSignature) {
  record_.event_type = "message:status:timeout";
  record_.channel = "SMS";
  record_.message_id = "m-1";
  record_.correlation_id = "c-1";
  record_.has_event_time = true;
  record_.event_time = At("2024-02-29T09:00:00Z");
  const auto prepared = std::get<PreparedEntry>(PrepareTheRecord());
  const LeafFields& fields = prepared.entry.fields;
  EXPECT_EQ(fields.kind, EntryKind::kStatus);
  EXPECT_EQ(fields.event_id, "timeout:m-1");
  EXPECT_EQ(fields.event_type, "message:status:timeout");
  EXPECT_EQ(fields.channel, "SMS");
  EXPECT_EQ(fields.message_id, "m-1");
  EXPECT_EQ(fields.correlation_id, "c-1");
  EXPECT_EQ(fields.event_time, record_.event_time);
  EXPECT_EQ(fields.receive_time, At("2024-02-29T10:00:00Z"));
  EXPECT_EQ(fields.provenance, "affidavit");
  EXPECT_TRUE(fields.adapter_id.empty());
  EXPECT_FALSE(fields.signature);
  EXPECT_TRUE(fields.flags.empty());
  EXPECT_FALSE(prepared.clock_checked);
  EXPECT_EQ(DecodeLeaf(prepared.entry.leaf).value(), fields);
}

TEST_F(PrepareTest, ARecordMayBeAnyJsonDocument) {
  for (const std::string_view payload : {"[]", "7", "\"x\"", "null", R"({"id":7})", R"({"id":1,"id":2})"}) {
    record_.payload = payload;
    EXPECT_TRUE(std::holds_alternative<PreparedEntry>(PrepareTheRecord())) << payload;
  }
  for (const std::string_view payload : {"", "{", "{} {}", "\xff"}) {
    record_.payload = payload;
    EXPECT_THAT(FieldsAtFault(PrepareTheRecord()), ElementsAre("payload")) << payload;
  }
}

TEST_F(PrepareTest, AllFaultsOfARecordAreToldAtOnce) {
  record_.kind = EntryKind::kEnvelope;
  record_.source = "";
  record_.idempotency_key = std::string(513, 'x');
  record_.event_type = "a\nb";
  record_.channel = std::string(257, 'x');
  record_.message_id = "\xff";
  record_.correlation_id = std::string_view("\0", 1);
  record_.has_event_time = true;
  record_.payload = "{";
  EXPECT_THAT(FieldsAtFault(PrepareTheRecord()),
              ElementsAre("kind", "source", "idempotency_key", "event_type", "channel", "message_id", "correlation_id",
                          "event_time", "payload"));
}

TEST(IsNameTest, KnowsItsAlphabetAndSize) {
  EXPECT_TRUE(IsName("A-z_0.9", 7));
  EXPECT_FALSE(IsName("A-z_0.9", 6));
  for (const std::string_view bad : {"", "a b", "a/b", "\xc3\xa4", "a\n"}) {
    EXPECT_FALSE(IsName(bad, 64)) << bad;
  }
}

}  // namespace
}  // namespace affidavit::ledger
