#include "services/ledger/append/classify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/services/ledger/append/entries.h"

namespace affidavit::ledger {
namespace {

using std::chrono::seconds;

constexpr seconds kSkew{5};

class ClassifyTest : public ::testing::Test {
 protected:
  // Payload ids 1, 2, 3, … in order of addition.
  PreparedEntry& Add(const EntrySpec& spec) {
    entries_.push_back(std::make_unique<PreparedEntry>(MakeEntry(spec)));
    entries_.back()->entry.payload_id = static_cast<int64_t>(entries_.size());
    held_.push_back(std::make_unique<LaneEntry>());
    held_.back()->prepared = entries_.back().get();
    return *entries_.back();
  }

  void Find(const EntrySpec& spec, int64_t leaf_index, int64_t payload_id) {
    found_.push_back({.kind = spec.kind,
                      .source = spec.source,
                      .event_id = spec.event_id,
                      .payload_sha256 = Sha256(spec.payload),
                      .leaf_index = leaf_index,
                      .payload_id = payload_id});
  }

  Plan Run(TimePoint database_time = SystemClock().WallNow()) {
    std::vector<LaneEntry*> held;
    for (const auto& entry : held_) {
      held.push_back(entry.get());
    }
    return Classify(held, found_, database_time, kSkew);
  }

  static std::vector<AppendOutcome> Outcomes(const Plan& plan) {
    std::vector<AppendOutcome> outcomes;
    for (const Verdict& verdict : plan.verdicts) {
      outcomes.push_back(verdict.answer.outcome);
    }
    return outcomes;
  }

  std::vector<std::unique_ptr<PreparedEntry>> entries_;
  std::vector<std::unique_ptr<LaneEntry>> held_;
  std::vector<db::FoundEntry> found_;
};

TEST_F(ClassifyTest, WhatIsUnknownIsNewInOrder) {
  Add({.event_id = "a"});
  Add({.event_id = "b"});
  const Plan plan = Run();
  EXPECT_THAT(Outcomes(plan), ::testing::Each(AppendOutcome::kAccepted));
  ASSERT_EQ(plan.new_entries.size(), 2U);
  EXPECT_EQ(plan.new_entries[0], &entries_[0]->entry);
  EXPECT_EQ(plan.verdicts[1].new_position, 1);
  EXPECT_TRUE(plan.verdicts[1].answer.is_new);
}

TEST_F(ClassifyTest, RepeatsInOneBatchGetTheFirstReceipt) {
  Add({.payload = "1"});
  Add({.payload = "1"});
  Add({.payload = "2"});  // other bytes: a conflict
  Add({.payload = "2"});  // its repeat
  Add({.payload = "3"});  // another conflict
  const Plan plan = Run();
  EXPECT_THAT(Outcomes(plan),
              ::testing::ElementsAre(AppendOutcome::kAccepted, AppendOutcome::kDuplicate, AppendOutcome::kConflict,
                                     AppendOutcome::kConflict, AppendOutcome::kConflict));
  ASSERT_EQ(plan.new_entries.size(), 3U);
  EXPECT_EQ(plan.verdicts[1].new_position, 0);
  EXPECT_EQ(plan.verdicts[3].new_position, 1);
  EXPECT_FALSE(plan.verdicts[3].answer.is_new);
  EXPECT_EQ(plan.verdicts[4].new_position, 2);
}

TEST_F(ClassifyTest, AConflictHasALeafOfItsOwnKind) {
  Add({.payload = "new bytes"});
  Find({.payload = "old bytes"}, 7, 900);
  const Plan plan = Run();
  EXPECT_THAT(Outcomes(plan), ::testing::ElementsAre(AppendOutcome::kConflict));
  ASSERT_EQ(plan.new_entries.size(), 1U);
  const db::NewEntry& stored = *plan.new_entries[0];
  EXPECT_EQ(stored.fields.kind, EntryKind::kConflict);
  EXPECT_EQ(DecodeLeaf(stored.leaf).value(), stored.fields);
  EXPECT_EQ(stored.leaf_hash, LeafHash(stored.leaf));
  EXPECT_EQ(stored.payload_id, entries_[0]->entry.payload_id);
  EXPECT_EQ(entries_[0]->entry.fields.kind, EntryKind::kEnvelope) << "a later run may find its id free";
}

TEST_F(ClassifyTest, KnownEnvelopesAreDuplicatesAndConflictsWithTheirOwnReceipts) {
  Add({.payload = "old bytes"});
  Add({.payload = "new bytes"});
  Find({.payload = "old bytes"}, 7, 900);
  Find({.kind = EntryKind::kConflict, .payload = "new bytes"}, 8, 901);
  const Plan plan = Run();
  EXPECT_TRUE(plan.new_entries.empty());
  EXPECT_EQ(
      plan.verdicts[0].answer,
      (AppendAnswer{.outcome = AppendOutcome::kDuplicate, .leaf_index = 7, .payload_sha256 = Sha256("old bytes")}));
  EXPECT_EQ(
      plan.verdicts[1].answer,
      (AppendAnswer{.outcome = AppendOutcome::kConflict, .leaf_index = 8, .payload_sha256 = Sha256("new bytes")}));
}

TEST_F(ClassifyTest, WhatCarriesOurPayloadIdIsOursFromAnEarlierRun) {
  Add({.event_id = "a", .payload = "1"});
  Add({.event_id = "a", .payload = "2"});
  Add({.kind = EntryKind::kExcluded, .event_id = "x", .payload = "3"});
  Add({.kind = EntryKind::kStatus, .event_id = "s", .payload = "4"});
  Find({.event_id = "a", .payload = "1"}, 10, 1);
  Find({.kind = EntryKind::kConflict, .event_id = "a", .payload = "2"}, 11, 2);
  Find({.kind = EntryKind::kExcluded, .event_id = "x", .payload = "3"}, 12, 3);
  Find({.kind = EntryKind::kStatus, .event_id = "s", .payload = "4"}, 13, 4);
  const Plan plan = Run();
  EXPECT_THAT(Outcomes(plan), ::testing::ElementsAre(AppendOutcome::kAccepted, AppendOutcome::kConflict,
                                                     AppendOutcome::kExcluded, AppendOutcome::kAccepted));
  for (const Verdict& verdict : plan.verdicts) {
    EXPECT_TRUE(verdict.answer.is_new);
  }
  EXPECT_TRUE(plan.new_entries.empty());
}

TEST_F(ClassifyTest, BodiesAreKnownByTheirBytesWhateverTheirKind) {
  Add({.kind = EntryKind::kExcluded, .event_id = "a", .payload = "1"});
  Add({.kind = EntryKind::kQuarantined, .event_id = "", .payload = "2"});
  Add({.kind = EntryKind::kQuarantined, .event_id = "", .payload = "2"});
  Find({.kind = EntryKind::kQuarantined, .event_id = "", .payload = "1"}, 5, 900);
  const Plan plan = Run();
  EXPECT_THAT(Outcomes(plan), ::testing::ElementsAre(AppendOutcome::kQuarantined, AppendOutcome::kQuarantined,
                                                     AppendOutcome::kQuarantined));
  EXPECT_EQ(plan.verdicts[0].answer.leaf_index, 5);
  EXPECT_EQ(plan.new_entries.size(), 1U);
}

TEST_F(ClassifyTest, IdentitiesOfSourcesAndKindsDoNotMix) {
  Add({.event_id = "a", .source = "one"});
  Add({.event_id = "a", .source = "two"});
  Add({.kind = EntryKind::kStatus, .event_id = "a", .source = "one"});
  Add({.kind = EntryKind::kGovernance, .event_id = "a", .source = "one"});
  Add({.kind = EntryKind::kExcluded, .event_id = "a", .source = "one"});
  EXPECT_EQ(Run().new_entries.size(), 5U);
}

TEST_F(ClassifyTest, ARecordsKeyDecidesAlone) {
  Add({.kind = EntryKind::kStatus, .event_id = "key", .payload = "other"});
  Find({.kind = EntryKind::kStatus, .event_id = "key", .payload = "first"}, 3, 900);
  const Plan plan = Run();
  EXPECT_EQ(plan.verdicts[0].answer,
            (AppendAnswer{.outcome = AppendOutcome::kDuplicate, .leaf_index = 3, .payload_sha256 = Sha256("first")}));
}

TEST_F(ClassifyTest, TheClockMayBeAheadByTheSkewAndOldByAMinute) {
  const TimePoint now = SystemClock().WallNow();
  Add({.event_id = "ahead", .receive_time = now + seconds(5)});
  Add({.event_id = "too far ahead", .receive_time = now + seconds(5) + std::chrono::microseconds(1)});
  Add({.event_id = "old", .receive_time = now - seconds(60)});
  Add({.event_id = "too old", .receive_time = now - seconds(60) - std::chrono::microseconds(1)});
  const Plan plan = Run(now);
  EXPECT_THAT(Outcomes(plan), ::testing::ElementsAre(AppendOutcome::kAccepted, AppendOutcome::kRefused,
                                                     AppendOutcome::kAccepted, AppendOutcome::kRefused));
  EXPECT_EQ(plan.verdicts[1].answer.refusal, Refusal::kClockSkew);
  EXPECT_EQ(plan.verdicts[3].answer.refusal, Refusal::kClockSkew);
  EXPECT_EQ(plan.new_entries.size(), 2U);
}

TEST_F(ClassifyTest, ASpoolExplainsAgeButNoFuture) {
  const TimePoint now = SystemClock().WallNow();
  const TimePoint spooled = now - std::chrono::hours(30);
  Add({.event_id = "spooled", .receive_time = spooled}).oldest_spooled_receive_time = spooled;
  Add({.event_id = "older", .receive_time = spooled - seconds(6)}).oldest_spooled_receive_time = spooled;
  Add({.event_id = "ahead", .receive_time = now + seconds(6)}).oldest_spooled_receive_time = spooled;
  EXPECT_THAT(Outcomes(Run(now)),
              ::testing::ElementsAre(AppendOutcome::kAccepted, AppendOutcome::kRefused, AppendOutcome::kRefused));
}

TEST_F(ClassifyTest, ReadmittedEntriesKeepTheirTime) {
  Add({.receive_time = SystemClock().WallNow() - std::chrono::hours(24 * 400)}).clock_checked = false;
  EXPECT_THAT(Outcomes(Run()), ::testing::ElementsAre(AppendOutcome::kAccepted));
}

TEST_F(ClassifyTest, WhatIsKnownIsAnsweredWhateverTheClockSays) {
  Add({.payload = "1", .receive_time = SystemClock().WallNow() - std::chrono::hours(1)});
  Find({.payload = "1"}, 4, 900);
  EXPECT_THAT(Outcomes(Run()), ::testing::ElementsAre(AppendOutcome::kDuplicate));
}

TEST_F(ClassifyTest, AfterOneThatTheClockRefusesTheNextOfItsIdIsNew) {
  Add({.receive_time = SystemClock().WallNow() + std::chrono::hours(1)});
  Add({});
  const Plan plan = Run();
  EXPECT_THAT(Outcomes(plan), ::testing::ElementsAre(AppendOutcome::kRefused, AppendOutcome::kAccepted));
  EXPECT_EQ(plan.verdicts[1].new_position, 0);
}

}  // namespace
}  // namespace affidavit::ledger
