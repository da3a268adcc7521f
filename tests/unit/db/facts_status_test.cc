#include "db/facts_status.h"

#include "gtest/gtest.h"
#include "tests/unit/db/facts_fixture.h"

namespace affidavit::testing {
namespace {

class FactsStatusTest : public FactsTest {
 protected:
  db::FactsCounts Counts(Role role = Role::kReader) const {
    db::FactsCounts counts;
    EXPECT_EQ(TryAs(role, [&](db::Transaction& transaction) { counts = db::ReadFactsCounts(transaction); }),
              absl::OkStatus());
    return counts;
  }
};

TEST_F(FactsStatusTest, NothingIsCountedBeforeAnythingIsFoldedAndAfterAReset) {
  EXPECT_EQ(Counts(), db::FactsCounts());
  Fold({SendAt(0)}, 1);
  EXPECT_NE(Counts(), db::FactsCounts());
  Do([](db::Transaction& transaction) { db::ResetFacts(transaction); });
  EXPECT_EQ(Counts(Role::kLedger), db::FactsCounts());
}

// Each envelope that is odd is so in one way, and counts there alone.
TEST_F(FactsStatusTest, CountsWhatIsOddAboutEnvelopes) {
  std::vector<db::MessageFactRow> facts;
  for (int i = 0; i < 8; ++i) {
    facts.push_back(DeliveryAt(i));
    facts.back().fact.event_time = kNoon;
  }
  facts[1].payload_error = "22P05";
  facts[2].message_id = "";
  facts[3].fact.status = MessageStatus::kUnknown;
  facts[4].fact.event_time.reset();
  facts[5].consent = "refused";
  facts[6].consent = "absent";
  facts[7].consent = "given";
  facts[7].verdict = "drifted";
  db::MessageFactRow conflict = facts[1];  // that is none of these, whatever it says
  conflict.kind = "conflict";
  conflict.fact.leaf_index = 8;
  conflict.fact.event_time.reset();
  facts.push_back(conflict);
  Fold(facts, 9);
  const db::FactsCounts counts = Counts();
  EXPECT_EQ(counts.unheld_count, 1);
  EXPECT_EQ(counts.without_message_count, 1);
  EXPECT_EQ(counts.unknown_status_count, 1);
  EXPECT_EQ(counts.without_event_time_count, 1);
  EXPECT_EQ(counts.unconsented_read_count, 2);
  EXPECT_EQ(counts.drifted_count, 1);
  EXPECT_EQ(counts.messages, (std::map<MessageStatus, int64_t>{{MessageStatus::kDelivered, 1}}));
}

TEST_F(FactsStatusTest, AMessageCountsUnderTheStatusThatItHasNow) {
  db::MessageFactRow other = SendAt(1);
  other.message_id = "m2";
  Fold({SendAt(0), other}, 2);
  EXPECT_EQ(Counts().messages, (std::map<MessageStatus, int64_t>{{MessageStatus::kPending, 2}}));
  Fold({DeliveryAt(2)}, 3);
  EXPECT_EQ(Counts().messages,
            (std::map<MessageStatus, int64_t>{{MessageStatus::kPending, 1}, {MessageStatus::kDelivered, 1}}));
  other = DeliveryAt(3);
  other.message_id = "m2";
  Fold({other}, 4);
  EXPECT_EQ(Counts().messages, (std::map<MessageStatus, int64_t>{{MessageStatus::kDelivered, 2}}));
}

}  // namespace
}  // namespace affidavit::testing
