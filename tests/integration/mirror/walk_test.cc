#include <algorithm>
#include <set>

#include "core/envelope/object_key.h"
#include "ops/metrics.h"
#include "tests/integration/mirror/mirror_fixture.h"

namespace affidavit::mirror {
namespace {

using db::MirrorOutcome;
using ::testing::ElementsAre;
using testing::EntrySpec;
using ::testing::HasSubstr;
using testing::MemoryObjectStore;
using testing::StoreStep;

class WalkTest : public ::testing::Test {
 protected:
  WalkTest() { Restart(); }

  void Restart() {
    process_.reset();
    process_ = std::make_unique<WalkProcess>(options_, log_.url(), &store_);
  }

  // Steps until nothing is left or something waits.
  absl::Status Run() {
    for (int i = 0; i < 1'000; ++i) {
      const absl::StatusOr<WalkReport> report = process_->Step();
      if (!report.ok()) {
        return report.status();
      }
      if (!report->waits_for.ok() || report->settled_count == 0) {
        return report->waits_for;
      }
    }
    return absl::InternalError("no end");
  }

  std::vector<std::string> Reasons() {
    std::vector<std::string> reasons;
    for (const db::MirrorFinding& finding : log_.Findings()) {
      reasons.push_back(std::to_string(finding.leaf_index) + " " + finding.reason);
    }
    std::sort(reasons.begin(), reasons.end());
    return reasons;
  }

  MirroredLog log_;
  MemoryObjectStore store_;
  MirrorOptions options_;
  std::unique_ptr<WalkProcess> process_;
};

TEST_F(WalkTest, EveryKindIsCopiedUnderAKeyOfItsOwn) {
  const std::string long_id(512, 'x');
  std::vector<EntrySpec> specs = {
      {.event_id = "same", .payload = "{\"n\":1}"},
      {.source = "acme", .event_id = "same", .payload = "{\"n\":1}"},
      {.kind = EntryKind::kConflict, .event_id = "same", .payload = "{\"n\":2}"},
      {.kind = EntryKind::kConflict, .event_id = "same", .payload = "{\"n\":3}"},
      {.event_id = long_id},
      {.event_id = "sha256-" + std::string(64, '0')},
      {.event_id = "."},
      {.event_id = ".."},
      {.event_id = "../../a//b/"},
      {.event_id = "/"},
      {.event_id = "ünï☃ %2F!2F"},
      {.event_id = "UNKNOWN", .channel = "UNKNOWN"},
      {.kind = EntryKind::kQuarantined, .event_id = "", .payload = "no JSON", .payload_error = "22P02"},
      {.kind = EntryKind::kExcluded, .event_id = "out"}};
  for (const EntryKind kind : {EntryKind::kStatus, EntryKind::kGovernance, EntryKind::kReconciliation,
                               EntryKind::kHeartbeat, EntryKind::kAccess}) {
    specs.push_back({.kind = kind, .source = "affidavit", .event_id = "record"});
  }
  log_.Append(specs);
  ASSERT_TRUE(Run().ok());
  const auto count = static_cast<int64_t>(specs.size());
  log_.ExpectMirrored(store_, 0, count);
  std::set<std::string> keys;
  for (const db::MirrorReceipt& receipt : log_.Receipts()) {
    EXPECT_EQ(receipt.receipt_id, receipt.leaf_index) << "in leaf order";
    EXPECT_EQ(receipt.outcome, receipt.leaf_index == 13 ? MirrorOutcome::kLeftOut : MirrorOutcome::kCopied);
    keys.insert(receipt.object_key);
    if (receipt.outcome == MirrorOutcome::kCopied) {
      EXPECT_EQ(store_.Versions(receipt.object_key)[0].info.metadata,
                EntryObjectMetadata(*log_.Fields(receipt.leaf_index)));
      EXPECT_EQ(receipt.store, "memory:");
      EXPECT_EQ(receipt.worker_id, "worker-1");
    }
  }
  EXPECT_EQ(keys.size(), specs.size());
  EXPECT_EQ(store_.Keys().size(), specs.size() - 1);
  EXPECT_EQ(log_.Progress().LagEntries(), 0);
  EXPECT_FALSE(log_.Progress().waiting_since.has_value());
}

TEST_F(WalkTest, ALargeLogGoesWindowByWindow) {
  options_.window_count_max = 10;
  options_.window_bytes_max = 100;
  Restart();
  log_.AppendEnvelopes(95);
  ASSERT_TRUE(Run().ok());
  log_.ExpectMirrored(store_, 0, 95);
  EXPECT_EQ(store_.CallCount(StoreStep::kHead), 0) << "nobody had tried before";
}

TEST_F(WalkTest, AfterACrashItLooksFirstAtWhatMayBeThere) {
  log_.AppendEnvelopes(5);
  ASSERT_TRUE(Run().ok());
  log_.AppendEnvelopes(5);
  store_.Arm({.step = StoreStep::kPut, .is_done = true, .times = 5});
  EXPECT_TRUE(absl::IsUnavailable(Run()));
  Restart();
  log_.AppendEnvelopes(5);
  ASSERT_TRUE(Run().ok());
  EXPECT_EQ(store_.CallCount(StoreStep::kHead), 5);
  log_.ExpectMirrored(store_, 0, 15);
  EXPECT_EQ(log_.Receipts()[7].outcome, MirrorOutcome::kExisting);
}

TEST_F(WalkTest, ALogThatGoesOnAfterALossIsLookedAtThroughout) {
  log_.AppendEnvelopes(2);
  log_.Publish();
  log_.Publish("example.com/log/2");
  ASSERT_TRUE(Run().ok());
  EXPECT_EQ(store_.CallCount(StoreStep::kHead), 2);
}

TEST_F(WalkTest, DamagedEntriesBecomeFindingsAndTheOthersGoOn) {
  log_.AppendEnvelopes(8);
  const std::string table = log_.database().Exec("SELECT tableoid::regclass FROM affidavit.payloads LIMIT 1");
  const std::string plain = table.substr(table.find('.') + 1);
  const std::string of = " WHERE payload_id = (SELECT payload_id FROM affidavit.entries WHERE leaf_index = ";
  log_.Tamper(plain, "UPDATE affidavit." + plain + " SET raw = 'other'" + of + "1)");
  log_.Tamper(plain, "DELETE FROM affidavit." + plain + of + "2)");
  log_.Tamper("entries", "UPDATE affidavit.entries SET leaf_hash = sha256('x') WHERE leaf_index = 3");
  log_.Tamper("entries", "DELETE FROM affidavit.entries WHERE leaf_index = 4");
  const double alerts = ops::AlertCounter(ops::kAlertMirrorFinding).Value();
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(Reasons(), ElementsAre("1 unreadable", "2 payload_gone", "3 unreadable", "4 unreadable"));
  EXPECT_EQ(ops::AlertCounter(ops::kAlertMirrorFinding).Value(), alerts + 4);
  EXPECT_EQ(log_.Receipts().size(), 4U);
  EXPECT_EQ(log_.Progress().next_leaf_index, 8);
  // Once it is mended the sweep copies it; the others stay findings, without another alert.
  log_.Tamper("entries",
              "UPDATE affidavit.entries SET leaf_hash = sha256('\\x00'::bytea || leaf) WHERE leaf_index = 3");
  ASSERT_TRUE(process_->walk->Sweep().ok());
  EXPECT_THAT(Reasons(), ElementsAre("1 unreadable", "2 payload_gone", "4 unreadable"));
  EXPECT_EQ(log_.Findings()[0].attempt_count, 2);
  EXPECT_EQ(ops::AlertCounter(ops::kAlertMirrorFinding).Value(), alerts + 4);
  log_.ExpectMirrored(store_, 3, 4);
}

TEST_F(WalkTest, OtherBytesUnderAKeyAreAFindingAndStay) {
  log_.AppendEnvelopes(3);
  const std::string key = EntryObjectKey(*log_.Fields(1), 1);
  ASSERT_TRUE(store_.Put({.key = key, .body = "forged", .sha256 = Sha256("forged")}).ok());
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(Reasons(), ElementsAre("1 other_object"));
  EXPECT_EQ(store_.Versions(key).size(), 1U);
  ASSERT_TRUE(process_->walk->Sweep().ok());
  EXPECT_EQ(store_.Versions(key).size(), 1U);
  EXPECT_EQ(log_.Receipts().size(), 2U);
}

TEST_F(WalkTest, WhatTheStoreCallsWrongIsPassedAndTriedAgain) {
  log_.AppendEnvelopes(3);
  const std::string key = EntryObjectKey(*log_.Fields(1), 1);
  store_.Arm({.code = absl::StatusCode::kInvalidArgument, .times = 2, .key_part = key});
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(Reasons(), ElementsAre("1 refused"));
  ASSERT_TRUE(process_->walk->Sweep().ok());
  EXPECT_EQ(log_.Findings()[0].attempt_count, 2);
  ASSERT_TRUE(process_->walk->Sweep().ok());
  log_.ExpectMirrored(store_, 0, 3);
  EXPECT_TRUE(log_.Findings().empty());
  EXPECT_EQ(log_.Receipts()[1].receipt_id, 2) << "in the order of commits";
}

TEST_F(WalkTest, AnOutageMakesItWaitAndPassesNothing) {
  log_.AppendEnvelopes(20);
  for (const auto code : {absl::StatusCode::kUnavailable, absl::StatusCode::kPermissionDenied,
                          absl::StatusCode::kNotFound, absl::StatusCode::kFailedPrecondition}) {
    store_.Arm({.code = code, .times = 1'000'000});
    for (int i = 0; i < 8; ++i) {
      EXPECT_EQ(Run().code(), code);
    }
    EXPECT_TRUE(log_.Findings().empty());
    EXPECT_EQ(log_.Progress().next_leaf_index, 0);
  }
  EXPECT_TRUE(log_.Progress().waiting_since.has_value());
  store_.Disarm();
  ASSERT_TRUE(Run().ok());
  log_.ExpectMirrored(store_, 0, 20);
}

TEST_F(WalkTest, OneThatFailsWhileOthersSucceedIsPassed) {
  options_.window_count_max = 4;
  Restart();
  log_.AppendEnvelopes(40);
  const std::string key = EntryObjectKey(*log_.Fields(1), 1);
  store_.Arm({.code = absl::StatusCode::kUnavailable, .times = 1'000'000, .key_part = key});
  int waits = 0;
  while (!Run().ok()) {
    ASSERT_LT(++waits, 20);
    EXPECT_EQ(log_.Progress().next_leaf_index, 1);
  }
  EXPECT_THAT(Reasons(), ElementsAre("1 never_accepted"));
  EXPECT_EQ(log_.Receipts().size(), 39U);
  EXPECT_TRUE(absl::IsUnavailable(process_->walk->Sweep()));
  store_.Disarm();
  ASSERT_TRUE(process_->walk->Sweep().ok());
  log_.ExpectMirrored(store_, 0, 40);
}

TEST_F(WalkTest, ManyFindingsAreTheStoresFault) {
  options_.finding_count_max = 3;
  Restart();
  log_.AppendEnvelopes(10);
  store_.Arm({.code = absl::StatusCode::kInvalidArgument, .times = 1'000'000});
  EXPECT_TRUE(absl::IsFailedPrecondition(Run()));
  EXPECT_TRUE(absl::IsFailedPrecondition(Run()));
  EXPECT_EQ(log_.Findings().size(), 3U);
  EXPECT_EQ(log_.Progress().next_leaf_index, 3);
  store_.Disarm();
  ASSERT_TRUE(process_->walk->Sweep().ok());
  ASSERT_TRUE(Run().ok());
  log_.ExpectMirrored(store_, 0, 10);
}

TEST_F(WalkTest, ProtectionComesFromTheHookAndIsNeverShorterThanTheLeaf) {
  const TimePoint late = *ParseRfc3339("2040-01-01T00:00:00Z");
  options_.protect = [&](std::span<const EntryToProtect> entries) -> absl::StatusOr<std::vector<Protection>> {
    std::vector<Protection> protections;
    for (const EntryToProtect& entry : entries) {
      EXPECT_EQ(Sha256(entry.payload), entry.fields->payload_sha256);
      protections.push_back({entry.leaf_index == 1 ? late : TimePoint(), entry.leaf_index == 2});
    }
    return protections;
  };
  Restart();
  log_.AppendEnvelopes(3);
  ASSERT_TRUE(Run().ok());
  const auto receipts = log_.Receipts();
  log_.ExpectMirrored(store_, 0, 3);
  EXPECT_EQ(receipts[0].retain_until, log_.Fields(0)->retain_until);
  EXPECT_EQ(receipts[1].retain_until, late);
  EXPECT_FALSE(receipts[1].legal_hold);
  EXPECT_TRUE(receipts[2].legal_hold);
  EXPECT_TRUE(store_.Versions(receipts[2].object_key)[0].info.legal_hold);
}

TEST_F(WalkTest, WithoutAnAnswerOfTheHookNothingIsCopied) {
  for (const bool says_too_little : {false, true}) {
    options_.protect = [=](std::span<const EntryToProtect>) -> absl::StatusOr<std::vector<Protection>> {
      return says_too_little ? absl::StatusOr<std::vector<Protection>>(std::vector<Protection>())
                             : absl::UnavailableError("no fold");
    };
    Restart();
    log_.AppendEnvelopes(2);
    EXPECT_TRUE(absl::IsUnavailable(Run()));
    EXPECT_TRUE(store_.Keys().empty());
  }
}

TEST_F(WalkTest, OnlyTheLocksHolderWorks) {
  log_.AppendEnvelopes(2);
  WalkProcess other(options_, log_.url(), &store_);
  ASSERT_TRUE(*other.lock.Acquire());
  EXPECT_TRUE(absl::IsUnavailable(Run()));
  EXPECT_TRUE(store_.Keys().empty());
  other.lock.Release();
  // Postgres may need a moment to see the connection end.
  while (!Run().ok()) {
  }
  log_.ExpectMirrored(store_, 0, 2);
}

TEST_F(WalkTest, AReceiptOfSomebodyElsesIsTakenAsItIs) {
  log_.AppendEnvelopes(3);
  const db::MirrorReceipt restored{.leaf_index = 1, .outcome = MirrorOutcome::kLeftOut, .worker_id = "restore"};
  ASSERT_TRUE(log_.Transact([&](db::Transaction& transaction) {
                    return db::InsertMirrorReceipts(transaction, std::span(&restored, 1));
                  })
                  .ok());
  ASSERT_TRUE(Run().ok());
  EXPECT_EQ(log_.Receipts().size(), 3U);
  EXPECT_EQ(log_.Receipts()[1].worker_id, "restore");
  EXPECT_TRUE(absl::IsAlreadyExists(log_.Transact(
      [&](db::Transaction& transaction) { return db::InsertMirrorReceipts(transaction, std::span(&restored, 1)); })));
}

}  // namespace
}  // namespace affidavit::mirror
