// The end of payloads past their retention, on Postgres: what goes, what stays and why, whoever interferes, and
// wherever a run is cut short.
#include <atomic>
#include <thread>

#include "tests/integration/disposition_fixture.h"

namespace affidavit::cli {
namespace {

using affidavit::testing::Append;
using affidavit::testing::EntryBatch;
using affidavit::testing::HoldOnMessage;
using affidavit::testing::kOld;
using affidavit::testing::Role;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using DispositionTest = affidavit::testing::DispositionFixture;
using Ids = std::vector<std::string>;

TEST_F(DispositionTest, WhatIsOverGoesAndTheRestStaysToTheByte) {
  AppendOld("over-1");
  AppendOld("held");
  AppendOld("long", "EMAIL");
  AppendOld("over-2");
  AppendOne({.event_id = "new"});
  ASSERT_TRUE(AppendAct(EncodeAct(HoldOnMessage("held"))).ok());
  ASSERT_TRUE(
      AppendAct(EncodeAct(SetRetention{.policy = {.channel = "EMAIL", .regime = "house", .years = 15}, .actor = "ada"}))
          .ok());
  const absl::StatusOr<DisposalResult> result = Dispose();
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_TRUE(result->IsComplete());
  EXPECT_EQ(result->disposed_count, 2);
  EXPECT_EQ(result->kept_count, 2);
  EXPECT_EQ(result->held_count, 1);
  EXPECT_EQ(Remaining(), (Ids{"held", "long"}));
  EXPECT_EQ(database_.Exec("SELECT count(*) FROM affidavit.entries WHERE kind = 'envelope'"), "5") << "entries stay";
  EXPECT_EQ(database_.Exec("SELECT count(*) FROM affidavit.payloads WHERE receive_time > '2016-01-01'"), "5")
      << "one new event, two acts, the intent and its end";
  EXPECT_EQ(database_.Exec("SELECT string_agg(event_type, ',' ORDER BY leaf_index) FROM affidavit.entries "
                           "WHERE event_type LIKE 'disposition:%'"),
            "disposition:intent,disposition:complete");
}

TEST_F(DispositionTest, TheSuccessorIsAppendOnlyAndTakesLateRows) {
  AppendOld("over");
  AppendOld("held");
  ASSERT_TRUE(AppendAct(EncodeAct(HoldOnMessage("held"))).ok());
  ASSERT_TRUE(Dispose().ok());
  for (const char* statement : {"UPDATE affidavit.payloads_2015_03 SET raw = ''",
                                "DELETE FROM affidavit.payloads_2015_03", "TRUNCATE affidavit.payloads_2015_03"}) {
    EXPECT_THAT(database_.Run(Role::kOwner, statement).status().message(), HasSubstr("append-only")) << statement;
  }
  AppendOld("late");
  EXPECT_EQ(Remaining(), (Ids{"held", "late"}));
  EXPECT_EQ(database_.Exec("SELECT count(*) FROM affidavit.payloads_2015_03"), "2");
}

TEST_F(DispositionTest, ActsOutliveWhatTheyGovern) {
  const GovernanceRecord hold = EncodeAct(HoldOnMessage("held"));
  AppendOne({.kind = EntryKind::kGovernance,
             .source = "affidavit",
             .event_id = hold.idempotency_key,
             .payload = hold.payload,
             .channel = "",
             .receive_time = affidavit::testing::kOldDay,
             .event_type = hold.event_type});
  Fold();
  AppendOld("held");
  AppendOld("over");
  const absl::StatusOr<DisposalResult> result = Dispose();
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(Remaining(), (Ids{hold.idempotency_key, "held"}));
}

TEST_F(DispositionTest, WhatWasMirroredIsRefusedWithoutItsStore) {
  const int64_t leaf_index = AppendOld("over");
  Mirror(leaf_index, SystemClock().WallNow() - std::chrono::hours(1));
  means_.store = nullptr;
  const absl::StatusOr<DisposalResult> result = Dispose();
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_FALSE(result->IsComplete());
  EXPECT_EQ(Remaining(), Ids{"over"});
}

TEST_F(DispositionTest, AnIntentSpeaksForItsOwnPartitionOnly) {
  AppendOld("over");
  const db::PreparedDisposition prepared = Prepare();
  const absl::StatusOr<int64_t> other = AppendAct(EncodeIntent({.partition_name = "payloads_2015",
                                                                .actor = "ada",
                                                                .cutoff_time = options_.cutoff,
                                                                .row_count = prepared.row_count}));
  ASSERT_TRUE(other.ok());
  EXPECT_FALSE(Complete(*other).ok());
  EXPECT_EQ(Remaining(), Ids{"over"});
}

TEST_F(DispositionTest, APartitionWithNothingToKeepIsGone) {
  AppendOld("over");
  const absl::StatusOr<DisposalResult> result = Dispose();
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(database_.Exec("SELECT coalesce(to_regclass('affidavit.payloads_2015_03')::text, 'gone')"), "gone");
  EXPECT_EQ(database_.Exec("SELECT coalesce(to_regclass('affidavit.payloads_2015_03_kept')::text, 'gone')"), "gone");
}

TEST_F(DispositionTest, AHoldThatCameMeanwhileIsRegarded) {
  AppendOld("over");
  AppendOld("wanted");
  const db::PreparedDisposition prepared = Prepare();
  EXPECT_EQ(prepared.kept_count, 0);
  const absl::StatusOr<int64_t> intent = Announce(prepared);
  ASSERT_TRUE(intent.ok());
  ASSERT_TRUE(AppendAct(EncodeAct(HoldOnMessage("wanted"))).ok());
  EXPECT_TRUE(absl::IsUnavailable(Complete(*intent)));
  EXPECT_EQ(Remaining().size(), 2U);
  EXPECT_EQ(Prepare().kept_count, 1);
  const absl::Status complete = Complete(*intent);
  EXPECT_TRUE(complete.ok()) << complete;
  EXPECT_EQ(Remaining(), Ids{"wanted"});
}

TEST_F(DispositionTest, AnActThatIsNotFoldedYetIsWaitedFor) {
  AppendOld("wanted");
  const GovernanceRecord hold = EncodeAct(HoldOnMessage("wanted"));
  AppendOne({.kind = EntryKind::kGovernance,
             .source = "affidavit",
             .event_id = hold.idempotency_key,
             .payload = hold.payload,
             .channel = "",
             .event_type = hold.event_type});
  EXPECT_TRUE(absl::IsUnavailable(Dispose().status()));
  Fold();
  const absl::StatusOr<DisposalResult> result = Dispose();
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(Remaining(), Ids{"wanted"});
}

TEST_F(DispositionTest, APayloadThatCameMeanwhileIsNotLost) {
  AppendOld("over");
  const absl::StatusOr<int64_t> intent = Announce(Prepare());
  ASSERT_TRUE(intent.ok());
  AppendOld("late");
  EXPECT_TRUE(absl::IsUnavailable(Complete(*intent)));
  EXPECT_EQ(Remaining().size(), 2U);
}

TEST_F(DispositionTest, NothingGoesUnannounced) {
  AppendOld("over");
  Prepare();
  EXPECT_FALSE(Complete(0).ok()) << "entry 0 announces nothing";
  EXPECT_FALSE(Complete(12'345).ok());
  EXPECT_EQ(Remaining(), Ids{"over"});
}

TEST_F(DispositionTest, ObjectsGoFirstAndARefusalKeepsThePayloads) {
  const int64_t expired = AppendOld("over-1");
  const int64_t locked = AppendOld("over-2");
  const TimePoint now = SystemClock().WallNow();
  Mirror(expired, now - std::chrono::hours(1));
  Mirror(locked, now + std::chrono::hours(1));
  absl::StatusOr<DisposalResult> result = Dispose();
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_FALSE(result->IsComplete());
  EXPECT_EQ(result->refused_object_count, 1);
  EXPECT_THAT(store_.Versions(absl::StrCat("audit/", expired, ".json")), IsEmpty());
  EXPECT_EQ(store_.Versions(absl::StrCat("audit/", locked, ".json")).size(), 1U);
  EXPECT_EQ(Remaining().size(), 2U) << "the payloads stay while an object does";
}

TEST_F(DispositionTest, ObjectsOfWhatStaysStay) {
  const int64_t held = AppendOld("held");
  const int64_t over = AppendOld("over");
  ASSERT_TRUE(AppendAct(EncodeAct(HoldOnMessage("held"))).ok());
  const TimePoint past = SystemClock().WallNow() - std::chrono::hours(1);
  Mirror(held, past);
  Mirror(over, past);
  const absl::StatusOr<DisposalResult> result = Dispose();
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->deleted_object_count, 1);
  EXPECT_EQ(store_.Versions(absl::StrCat("audit/", held, ".json")).size(), 1U);
}

TEST_F(DispositionTest, WhereverItIsCutShortTheNextRunFinishes) {
  constexpr int kStepsMax = 40;
  int step = 0;
  for (; step < kStepsMax; ++step) {
    SCOPED_TRACE(step);
    AppendOld(absl::StrCat("over-", step));
    const int64_t held = AppendOld(absl::StrCat("held-", step));
    ASSERT_TRUE(AppendAct(EncodeAct(HoldOnMessage(absl::StrCat("held-", step)))).ok());
    int left = step;
    DisposalMeans failing = means_;
    failing.check = [&] { return left-- > 0 ? absl::OkStatus() : absl::AbortedError("cut short"); };
    failing.append = [&](const GovernanceRecord& record) -> absl::StatusOr<int64_t> {
      if (left-- <= 0) {
        return absl::AbortedError("cut short");
      }
      const absl::StatusOr<int64_t> leaf_index = AppendAct(record);
      if (left-- <= 0) {
        return absl::AbortedError("done, and reported failed");
      }
      return leaf_index;
    };
    const bool was_cut = !DisposeOfPartition(kOld, options_, failing).ok();
    ASSERT_TRUE(ConcludeDisposals(options_, means_).ok());
    const absl::StatusOr<DisposalResult> result = Dispose();
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(Remaining().size(), static_cast<size_t>(step) + 1) << "the held ones, and no other";
    EXPECT_TRUE(fields_.contains(held));
    const absl::StatusOr<int> left_over = ConcludeDisposals(options_, means_);
    ASSERT_TRUE(left_over.ok());
    EXPECT_EQ(*left_over, 0);
    if (!was_cut) {
      break;
    }
  }
  EXPECT_GT(step, 3);
  EXPECT_LT(step, kStepsMax) << "no run came to its end";
}

TEST_F(DispositionTest, AppendsGoOnMeanwhile) {
  for (int i = 0; i < 50; ++i) {
    AppendOld(absl::StrCat("over-", i));
  }
  std::atomic<bool> stop = false;
  std::atomic<int> appended = 0;
  std::thread appender([&] {
    const auto store = db::MakePostgresAppendStore({.url = database_.url(Role::kLedger)});
    for (int i = 0; !stop || appended == 0; ++i) {
      EntryBatch batch(1'000'000 + i);
      batch.Add({.event_id = absl::StrCat("meanwhile-", i)});
      const absl::StatusOr<int64_t> leaf_index = Append(*store, batch);
      EXPECT_TRUE(leaf_index.ok()) << leaf_index.status();
      ++appended;
    }
  });
  const absl::StatusOr<DisposalResult> result = Dispose();
  stop = true;
  appender.join();
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->disposed_count, 50);
}

TEST_F(DispositionTest, OnlyItsRoleMayDispose) {
  AppendOld("over");
  for (const Role role : {Role::kLedger, Role::kReader, Role::kWorker}) {
    for (const char* call : {"SELECT affidavit.prepare_disposition('payloads_2015_03', now())",
                             "SELECT affidavit.complete_disposition('payloads_2015_03', 0)"}) {
      EXPECT_THAT(database_.Run(role, call).status().message(), HasSubstr("42501")) << call;
    }
  }
  EXPECT_THAT(database_.Run(Role::kDispose, "DELETE FROM affidavit.payloads").status().message(), HasSubstr("42501"));
  EXPECT_THAT(database_.Run(Role::kDispose, "DROP TABLE affidavit.payloads_2015_03").status().message(),
              HasSubstr("42501"));
  EXPECT_FALSE(database_.Run(Role::kDispose, "SELECT affidavit.prepare_disposition('entries', now())").ok());
  EXPECT_FALSE(
      database_
          .Run(Role::kDispose, "SELECT affidavit.prepare_disposition('payloads_2015_03', now() + interval '1 day')")
          .ok());
}

}  // namespace
}  // namespace affidavit::cli
