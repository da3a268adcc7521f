#include "core/envelope/adapter_retirement.h"

#include "gtest/gtest.h"

namespace affidavit {
namespace {

TimePoint At(const char* text) {
  return *ParseRfc3339(text);
}

TEST(AdapterRetirement, IsOneCanonicalRecordAndReadsBack) {
  const RetireAdapter act{.adapter_id = "adapter-1", .actor = "Jörg [ops]"};
  ASSERT_TRUE(FindRetirementFaults(act).empty());
  const GovernanceRecord record = EncodeRetirement(act, At("2026-11-24T10:00:00Z"));
  EXPECT_EQ(record.idempotency_key, "adapter:retire:adapter-1:2026-11-24T10:00:00.000000Z");
  EXPECT_EQ(record.event_type, "adapter:retire");
  EXPECT_EQ(record.payload, R"({"act":"adapter:retire","actor":"Jörg [ops]","adapter_id":"adapter-1","v":1})");
  EXPECT_EQ(DecodeRetirement(record.payload).value(), act);
}

TEST(AdapterRetirement, MayHappenAgain) {
  const RetireAdapter act{.adapter_id = "a", .actor = "me"};
  EXPECT_EQ(EncodeRetirement(act, At("2026-11-24T10:00:00Z")).idempotency_key,
            EncodeRetirement(act, At("2026-11-24T10:00:00Z")).idempotency_key);
  EXPECT_NE(EncodeRetirement(act, At("2026-11-24T10:00:00Z")).idempotency_key,
            EncodeRetirement(act, At("2026-11-24T10:00:01Z")).idempotency_key);
}

TEST(AdapterRetirement, NothingElseIsOne) {
  for (const char* payload : {
           "",
           "{",
           "[]",
           "null",
           "{}",
           R"({"act":"adapter:retire","actor":"me","adapter_id":"a","v":2})",
           R"({"act":"adapter:retire","actor":"me","adapter_id":"a","v":1} )",
           R"({"act":"adapter:retire","actor":"me","adapter_id":"a","v":1,"x":1})",
           R"({"act":"adapter:retire","actor":"me","actor":"me","adapter_id":"a","v":1})",
           R"({"act":"hold:release","actor":"me","adapter_id":"a","v":1})",
           R"({"act":"adapter:retire","actor":"me","adapter_id":"a b","v":1})",
           R"({"act":"adapter:retire","actor":"me","adapter_id":7,"v":1})",
           R"({"act":"adapter:retire","actor":"","adapter_id":"a","v":1})",
           R"({"act":"adapter:retire","adapter_id":"a","v":1})",
       }) {
    EXPECT_EQ(DecodeRetirement(payload).status().code(), absl::StatusCode::kInvalidArgument) << payload;
  }
}

TEST(AdapterRetirement, EveryFaultIsNamed) {
  const auto faults = FindRetirementFaults({.adapter_id = std::string(129, 'a'), .actor = "two\nlines"});
  ASSERT_EQ(faults.size(), 2U);
  EXPECT_EQ(faults[0].field, "adapter_id");
  EXPECT_EQ(faults[1].field, "actor");
  EXPECT_EQ(FindRetirementFaults({.adapter_id = std::string(128, 'a'), .actor = std::string(257, 'a')}).size(), 1U);
  EXPECT_EQ(FindRetirementFaults({}).size(), 2U);
}

}  // namespace
}  // namespace affidavit
