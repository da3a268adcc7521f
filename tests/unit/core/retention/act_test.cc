#include "core/retention/act.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace affidavit {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const SetRetention kSet{.policy = {.source = "genesys", .channel = "SMS", .regime = "finra-4511", .years = 6},
                        .actor = "Ada Öz"};
const ReleaseHold kRelease{.hold_id = "H-1", .actor = "ada", .reason = "settled"};

LegalHold SampleHold() {
  return {.hold_id = "H-1",
          .case_reference = "Smith v. Acme 24/7",
          .actor = "ada",
          .predicate = {.source = "genesys",
                        .start_time = ParseRfc3339("2026-01-01T00:00:00Z"),
                        .end_time = ParseRfc3339("2026-02-01T00:00:00.000001Z")}};
}

std::vector<std::string> FieldsOf(const GovernanceAct& act) {
  std::vector<std::string> fields;
  for (const ActFault& fault : FindActFaults(act)) {
    fields.push_back(fault.field);
  }
  return fields;
}

TEST(Act, IsCanonicalJsonThatReadsBack) {
  EXPECT_EQ(EncodeAct(kSet).payload,
            R"({"act":"retention:set","actor":"Ada Öz","policy":{"channel":"SMS","regime":"finra-4511",)"
            R"("source":"genesys","years":6},"v":1})");
  EXPECT_EQ(EncodeAct(SampleHold()).payload,
            R"({"act":"hold:create","actor":"ada","case_reference":"Smith v. Acme 24/7","hold_id":"H-1",)"
            R"("predicate":{"end_time":"2026-02-01T00:00:00.000001Z","source":"genesys",)"
            R"("start_time":"2026-01-01T00:00:00.000000Z"},"v":1})");
  EXPECT_EQ(EncodeAct(kRelease).payload,
            R"({"act":"hold:release","actor":"ada","hold_id":"H-1","reason":"settled","v":1})");
  for (const GovernanceAct& act : {GovernanceAct(kSet), GovernanceAct(SampleHold()), GovernanceAct(kRelease)}) {
    EXPECT_THAT(FindActFaults(act), IsEmpty());
    const GovernanceRecord record = EncodeAct(act);
    EXPECT_EQ(DecodeAct(record.event_type, record.payload).value(), act);
  }
}

TEST(Act, HasAKeyOfWhatItDoes) {
  EXPECT_EQ(EncodeAct(SampleHold()).idempotency_key, "hold:create:H-1");
  EXPECT_EQ(EncodeAct(kRelease).idempotency_key, "hold:release:H-1");
  SetRetention other = kSet;
  other.actor = "bob";
  EXPECT_EQ(EncodeAct(kSet).idempotency_key, EncodeAct(other).idempotency_key) << "whoever says the same";
  other.policy.years = 7;
  EXPECT_NE(EncodeAct(kSet).idempotency_key, EncodeAct(other).idempotency_key);
}

TEST(Act, OnlyTheCanonicalFormIsRead) {
  const GovernanceRecord record = EncodeAct(kRelease);
  const std::string& payload = record.payload;
  for (const std::string& other :
       {std::string(), std::string("{}"), std::string("[]"), std::string("not JSON"), " " + payload,
        payload.substr(0, payload.size() - 1) + R"(,"more":1})", std::string(R"({"act":"hold:release","v":2})")}) {
    EXPECT_FALSE(DecodeAct(record.event_type, other).ok()) << other;
  }
  EXPECT_FALSE(DecodeAct("hold:create", payload).ok()) << "of another type";
  EXPECT_FALSE(DecodeAct("log:incarnation", payload).ok());
  const std::string forever = R"({"act":"retention:set","actor":"a","policy":{"regime":"r","years":9999},"v":1})";
  EXPECT_FALSE(DecodeAct("retention:set", forever).ok());
}

TEST(Act, AllFaultsAreToldAtOnce) {
  EXPECT_THAT(FieldsOf(SetRetention{.policy = {.source = "a\n", .regime = "Default!", .years = 0}}),
              ElementsAre("source", "regime", "years", "actor"));
  EXPECT_THAT(FieldsOf(SetRetention{.policy = {.regime = "default", .years = 101}, .actor = "a"}),
              ElementsAre("regime", "years"));
  EXPECT_THAT(FieldsOf(LegalHold{.hold_id = "a b"}), ElementsAre("hold_id", "case_reference", "predicate", "actor"));
  LegalHold two = SampleHold();
  two.predicate.message_id = "m-1";
  EXPECT_THAT(FieldsOf(two), ElementsAre("predicate"));
  LegalHold backwards = SampleHold();
  backwards.predicate.end_time = backwards.predicate.start_time;
  EXPECT_THAT(FieldsOf(backwards), ElementsAre("predicate.end_time"));
  EXPECT_THAT(FieldsOf(ReleaseHold{.reason = std::string(300, 'x')}), ElementsAre("hold_id", "actor", "reason"));
}

}  // namespace
}  // namespace affidavit
