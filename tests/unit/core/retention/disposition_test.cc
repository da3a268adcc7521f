#include "core/retention/disposition.h"

#include <gtest/gtest.h>

namespace affidavit {
namespace {

DispositionIntent Intent() {
  return {.partition_name = "payloads_2015_03",
          .actor = "ada",
          .reason = "yearly",
          .cutoff_time = TimePoint(std::chrono::seconds(1'700'000'000)),
          .row_count = 5,
          .kept_count = 2,
          .held_count = 1};
}

TEST(DispositionTest, AnIntentIsWrittenInCanonicalJson) {
  const GovernanceRecord record = EncodeIntent(Intent());
  EXPECT_EQ(record.event_type, "disposition:intent");
  EXPECT_EQ(record.idempotency_key, "disposition:intent:payloads_2015_03:2023-11-14T22:13:20.000000Z:5:2");
  EXPECT_EQ(record.payload,
            R"({"act":"disposition:intent","actor":"ada","cutoff_time":"2023-11-14T22:13:20.000000Z","held_count":1,)"
            R"("kept_count":2,"partition":"payloads_2015_03","reason":"yearly","row_count":5,"v":1})");
}

TEST(DispositionTest, ACompletionNamesItsIntent) {
  const GovernanceRecord record = EncodeComplete({.partition_name = "payloads_2015_03",
                                                  .actor = "ada",
                                                  .intent_leaf_index = 41,
                                                  .disposed_count = 3,
                                                  .kept_count = 2});
  EXPECT_EQ(record.event_type, "disposition:complete");
  EXPECT_EQ(record.idempotency_key, "disposition:complete:41");
  EXPECT_EQ(record.payload, R"({"act":"disposition:complete","actor":"ada","disposed_count":3,"intent_leaf_index":41,)"
                            R"("kept_count":2,"partition":"payloads_2015_03","v":1})");
}

TEST(DispositionTest, OtherCountsAreAnotherIntent) {
  DispositionIntent other = Intent();
  other.kept_count = 3;
  EXPECT_NE(EncodeIntent(other).idempotency_key, EncodeIntent(Intent()).idempotency_key);
}

TEST(DispositionTest, FaultsNameTheirFields) {
  EXPECT_TRUE(FindDispositionFaults(Intent()).empty());
  DispositionIntent bad = Intent();
  bad.partition_name = "payloads; DROP";
  bad.actor = "";
  bad.reason = std::string(257, 'x');
  std::vector<std::string> fields;
  for (const ActFault& fault : FindDispositionFaults(bad)) {
    fields.push_back(fault.field);
  }
  EXPECT_EQ(fields, (std::vector<std::string>{"partition_name", "actor", "reason"}));
}

}  // namespace
}  // namespace affidavit
