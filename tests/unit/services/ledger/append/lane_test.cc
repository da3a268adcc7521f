#include "services/ledger/append/lane.h"

#include <atomic>

#include "tests/unit/services/ledger/append/sequencer_fixture.h"

namespace affidavit::ledger {
namespace {

using LaneTest = SequencerTest;

TEST_F(LaneTest, ARepeatGetsTheFirstReceiptWithoutACommit) {
  const auto sequencer = MakeSequencer({});
  Append(*sequencer, Entries({{.event_id = "a"}, {.event_id = "b"}}));
  const int commits = log_.commit_count();
  const auto answers = Append(*sequencer, Entries({{.event_id = "b"}}));
  EXPECT_THAT(OutcomesOf(answers), ::testing::ElementsAre(AppendOutcome::kDuplicate));
  EXPECT_EQ(answers[0].leaf_index, 1);
  EXPECT_EQ(log_.commit_count(), commits);
}

TEST_F(LaneTest, BothSidesOfAConflictAreKept) {
  const auto sequencer = MakeSequencer({});
  Append(*sequencer, Entries({{.payload = "1"}}));
  const auto first = Append(*sequencer, Entries({{.payload = "2"}}));
  const auto repeat = Append(*sequencer, Entries({{.payload = "2"}}));
  EXPECT_EQ(first[0].outcome, AppendOutcome::kConflict);
  EXPECT_EQ(first[0].leaf_index, 1);
  EXPECT_TRUE(first[0].is_new);
  EXPECT_EQ(repeat[0].outcome, AppendOutcome::kConflict);
  EXPECT_EQ(repeat[0].leaf_index, 1);
  EXPECT_FALSE(repeat[0].is_new);
  ASSERT_EQ(log_.Entries().size(), 2U);
  EXPECT_EQ(log_.Entries()[1].fields.kind, EntryKind::kConflict);
}

TEST_F(LaneTest, ALogThatIsSmallerThanItWasIsNotAppendedTo) {
  std::atomic<int64_t> tree_size_min = 0;
  SequencerOptions options;
  options.lane.tree_size_min = [&tree_size_min] { return tree_size_min.load(); };
  const auto sequencer = MakeSequencer(options);
  Append(*sequencer, Entries({{.event_id = "a"}}));
  tree_size_min = 2;
  EXPECT_EQ(Append(*sequencer, Entries({{.event_id = "b"}}))[0], Refused(Refusal::kLogRolledBack));
  EXPECT_EQ(Append(*sequencer, Entries({{.event_id = "a"}}))[0].outcome, AppendOutcome::kDuplicate);
  EXPECT_EQ(log_.Entries().size(), 1U);
  tree_size_min = 1;
  EXPECT_EQ(Append(*sequencer, Entries({{.event_id = "b"}}))[0].leaf_index, 1);
}

TEST_F(LaneTest, OneClockFaultDoesNotHoldUpTheRest) {
  const auto sequencer = MakeSequencer({});
  const auto answers =
      Append(*sequencer,
             Entries({{.event_id = "a"}, {.event_id = "b", .receive_time = SystemClock().WallNow() + seconds(60)}}));
  EXPECT_EQ(answers[0].outcome, AppendOutcome::kAccepted);
  EXPECT_EQ(answers[1], Refused(Refusal::kClockSkew));
  EXPECT_EQ(log_.Entries().size(), 1U);
}

TEST_F(LaneTest, ABatchThatOnlyTheClockRefusesStoresNothing) {
  const auto sequencer = MakeSequencer({});
  log_.SetDatabaseTime(SystemClock().WallNow() - std::chrono::hours(1));
  EXPECT_EQ(Append(*sequencer, Entries({{}}))[0], Refused(Refusal::kClockSkew));
  EXPECT_EQ(log_.commit_count(), 0);
}

TEST_F(LaneTest, ALogThatIsSmallerThanWhatWasSignedGetsNothing) {
  std::atomic<int64_t> signed_size = 0;
  SequencerOptions options;
  options.lane.tree_size_min = [&signed_size] { return signed_size.load(); };
  const auto sequencer = MakeSequencer(options);
  Append(*sequencer, Entries({{.event_id = "a"}}));
  signed_size = 1;
  EXPECT_EQ(Append(*sequencer, Entries({{.event_id = "b"}}))[0].outcome, AppendOutcome::kAccepted) << "just as large";
  signed_size = 3;
  const int commits = log_.commit_count();
  EXPECT_EQ(Append(*sequencer, Entries({{.event_id = "c"}}))[0], Refused(Refusal::kLogRolledBack));
  EXPECT_EQ(log_.commit_count(), commits);
  EXPECT_EQ(log_.Entries().size(), 2U);
  signed_size = 2;
  EXPECT_EQ(Append(*sequencer, Entries({{.event_id = "c"}}))[0].outcome, AppendOutcome::kAccepted);
}

TEST_F(LaneTest, WhatOthersStoreBetweenTheLookUpsIsNotStoredTwice) {
  // After each of the first two look-ups another ledger stores one of the batch's ids: the third run takes the lock
  // first.
  const auto other = MakeSequencer({.lane_count = 1});
  std::atomic<int> begun = 0;
  std::atomic<bool> in_hook = false;
  log_.OnStep([&](Step step) {
    if (step != Step::kBegin || in_hook.exchange(true)) {
      return;
    }
    if (const int run = begun++; run < 2) {
      std::vector<PreparedEntry> entries;
      entries.push_back(NumberedEntry("event", run));
      Append(*other, std::move(entries));
    }
    in_hook = false;
  });
  const auto sequencer = MakeSequencer({.lane_count = 1});
  std::vector<PreparedEntry> entries;
  for (int i = 0; i < 3; ++i) {
    entries.push_back(NumberedEntry("event", i));
  }
  const auto answers = Append(*sequencer, std::move(entries));
  EXPECT_THAT(OutcomesOf(answers),
              ::testing::ElementsAre(AppendOutcome::kDuplicate, AppendOutcome::kDuplicate, AppendOutcome::kAccepted));
  EXPECT_EQ(answers[2].leaf_index, 2);
  EXPECT_EQ(log_.Entries().size(), 3U);
  EXPECT_EQ(observer_.reruns(RerunReason::kLookupsDisagree), 2);
}

TEST_F(LaneTest, ACommitOfUnknownOutcomeIsSettledByRunningAgain) {
  for (const Persisted persisted : {Persisted::kYes, Persisted::kNo}) {
    const auto sequencer = MakeSequencer({});
    log_.FailNext(Step::kCommit, absl::DataLossError("connection lost"), persisted);
    const std::string id = persisted == Persisted::kYes ? "yes" : "no";
    const auto answers = Append(*sequencer, Entries({{.event_id = id}, {.event_id = id}}));
    EXPECT_THAT(OutcomesOf(answers), ::testing::ElementsAre(AppendOutcome::kAccepted, AppendOutcome::kDuplicate));
    EXPECT_EQ(answers[0].leaf_index, answers[1].leaf_index);
  }
  EXPECT_EQ(log_.Entries().size(), 2U);
}

TEST_F(LaneTest, WhatTurnsOutToBeCommittedIsCommittedAgainToBeSureThatItIsDurable) {
  const auto sequencer = MakeSequencer({});
  log_.FailNext(Step::kCommit, absl::DataLossError("a standby's answer was not waited for"), Persisted::kYes);
  Append(*sequencer, Entries({{}}));
  EXPECT_EQ(log_.commit_count(), 2) << "the second, empty one waits for the first to be durable";
}

TEST_F(LaneTest, UnknownForTooLongIsSaidAndTheRepeatIsADuplicate) {
  const auto sequencer = MakeSequencer({});
  log_.FailNext(Step::kCommit, absl::DataLossError("connection lost"), Persisted::kYes);
  std::atomic<bool> failing = false;
  log_.OnStep([&](Step step) {
    // From here on every Begin fails for longer than the entry has time.
    for (int i = 0; step == Step::kIntegrate && !failing && i < 200; ++i) {
      log_.FailNext(Step::kBegin, absl::UnavailableError("down"));
    }
    failing = failing || step == Step::kIntegrate;
  });
  EXPECT_EQ(Append(*sequencer, Entries({{}}), milliseconds(500))[0], Refused(Refusal::kCommitUnknown));
  EXPECT_EQ(Append(*sequencer, Entries({{}}))[0].outcome, AppendOutcome::kDuplicate);
  EXPECT_EQ(log_.Entries().size(), 1U);
}

TEST_F(LaneTest, AStoreOutOfReachIsWaitedForUntilTheDeadline) {
  const auto sequencer = MakeSequencer({});
  for (int i = 0; i < 3; ++i) {
    log_.FailNext(Step::kBegin, absl::UnavailableError("down"));
  }
  EXPECT_EQ(Append(*sequencer, Entries({{.event_id = "a"}}))[0].outcome, AppendOutcome::kAccepted);
  EXPECT_EQ(observer_.reruns(RerunReason::kStoreUnavailable), 3);
}

TEST_F(LaneTest, ADocumentThatJsonbCannotHoldIsStoredRaw) {
  const auto sequencer = MakeSequencer({});
  std::vector<PreparedEntry> entries;
  for (int i = 0; i < 20; ++i) {
    entries.push_back(NumberedEntry("event", i));
  }
  entries.insert(entries.begin() + 13, MakeEntry({.event_id = "huge", .payload = R"({"id":"huge","n":1e400000})"}));
  const auto answers = Append(*sequencer, std::move(entries));
  EXPECT_THAT(OutcomesOf(answers), ::testing::Each(AppendOutcome::kAccepted));
  const auto stored = log_.Entries();
  ASSERT_EQ(stored.size(), 21U);
  for (const auto& entry : stored) {
    EXPECT_EQ(entry.payload_error, entry.fields.event_id == "huge" ? "22003" : "");
  }
  EXPECT_EQ(stored[answers[13].leaf_index].fields.event_id, "huge");
}

TEST_F(LaneTest, AConflictThatJsonbCannotHoldIsStoredRaw) {
  const auto sequencer = MakeSequencer({});
  Append(*sequencer, Entries({{.event_id = "huge"}}));
  const auto answers = Append(*sequencer, Entries({{.event_id = "huge", .payload = R"({"n":1e400000})"}}));
  EXPECT_EQ(answers[0].outcome, AppendOutcome::kConflict);
  ASSERT_EQ(log_.Entries().size(), 2U);
  EXPECT_EQ(log_.Entries()[1].payload_error, "22003");
}

TEST_F(LaneTest, ARowThatIsRefusedForGoodDoesNotHoldUpTheRest) {
  for (const std::string sqlstate : {"23514", "22P05"}) {
    log_.RefusePayloads([&](const db::NewEntry& entry) { return entry.payload == "bad" ? sqlstate : ""; });
    const auto sequencer = MakeSequencer({});
    std::vector<PreparedEntry> entries;
    for (int i = 0; i < 10; ++i) {
      entries.push_back(NumberedEntry("event" + sqlstate, i));
    }
    entries.insert(entries.begin() + 3, MakeEntry({.event_id = "bad", .payload = "bad"}));
    const auto answers = Append(*sequencer, std::move(entries));
    for (size_t i = 0; i < answers.size(); ++i) {
      EXPECT_EQ(answers[i].outcome, i == 3 ? AppendOutcome::kRefused : AppendOutcome::kAccepted) << sqlstate << i;
    }
    EXPECT_EQ(answers[3].refusal, Refusal::kEntryRefused);
  }
  EXPECT_EQ(log_.Entries().size(), 20U);
  EXPECT_EQ(observer_.errors(), 2);
}

TEST_F(LaneTest, AnUnexpectedErrorIsAnsweredAtOnce) {
  const auto sequencer = MakeSequencer({});
  log_.FailNext(Step::kIntegrate, absl::InternalError("42501: permission denied"));
  EXPECT_EQ(Append(*sequencer, Entries({{}}))[0], Refused(Refusal::kStoreUnavailable));
  EXPECT_EQ(observer_.errors(), 1);
  EXPECT_EQ(Append(*sequencer, Entries({{}}))[0].outcome, AppendOutcome::kAccepted);
}

TEST_F(LaneTest, PayloadIdsAreReservedAgainWhenABlockCouldNotBeHad) {
  log_.FailNext(Step::kReserve, absl::UnavailableError("down"));
  const auto sequencer = MakeSequencer({});
  EXPECT_EQ(Append(*sequencer, Entries({{}}))[0].outcome, AppendOutcome::kAccepted);
}

}  // namespace
}  // namespace affidavit::ledger
