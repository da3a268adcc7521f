#include "services/projector/fold.h"

#include "core/envelope/adapter_retirement.h"
#include "core/evidence/subject.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/services/projector/fold_entries.h"

namespace affidavit::projector {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kKey[] = "0123456789abcdef";

FoldOptions TestOptions() {
  DetailPointers genesys;
  genesys.recipient = {*ParseJsonPointer("/to")};
  genesys.carrier = *ParseJsonPointer("/carrier");
  genesys.consent = *ParseJsonPointer("/consent");
  genesys.consent_values = {"yes"};
  genesys.map_objects = {*ParseJsonPointer("/metadata")};
  FoldOptions options;
  options.details.emplace("genesys", std::move(genesys));
  options.subject_key = kKey;
  return options;
}

FoldedStep FoldAll(FoldLog& log) {
  Fold fold(TestOptions());
  return fold.Step(0, log.entries());
}

TEST(Fold, EveryEntryIsInItsBlockAndThoseOfMessagesAreFacts) {
  FoldLog log;
  log.Add({.event_type = "message:send"})
      .Add({.kind = EntryKind::kConflict, .event_type = "message:delivery"})
      .Add({.kind = EntryKind::kStatus, .event_type = "message:status:timeout", .second = 120})
      .Add({.kind = EntryKind::kExcluded})
      .Add({.kind = EntryKind::kHeartbeat, .event_type = ""});
  const FoldedStep folded = FoldAll(log);
  EXPECT_EQ(folded.step.begin, 0);
  EXPECT_EQ(folded.step.end, 5);
  ASSERT_THAT(folded.step.entries, SizeIs(5));
  EXPECT_EQ(folded.step.entries[4].kind, "heartbeat");
  EXPECT_EQ(folded.step.entries[2].receive_time, FoldSecond(120));
  ASSERT_THAT(folded.step.facts, SizeIs(3));
  EXPECT_EQ(folded.step.facts[0].fact.status, MessageStatus::kPending);
  EXPECT_EQ(folded.step.facts[1].kind, "conflict");
  EXPECT_EQ(folded.step.facts[1].fact.status, MessageStatus::kUnknown);
  EXPECT_EQ(folded.step.facts[2].fact.status, MessageStatus::kTimedOut);
  EXPECT_EQ(folded.step.facts[2].integrate_time, FoldSecond(121));
  EXPECT_EQ(folded.step.facts[0].event_id, "e-0");
  EXPECT_EQ(folded.step.facts[0].message_id, "m-1");
}

TEST(Fold, StepsAreCountedFromTheirBeginning) {
  FoldLog log;
  log.Add({}).Add({}).Add({});
  Fold fold(TestOptions());
  fold.Step(0, {log.entries()[0]});
  const FoldedStep folded = fold.Step(1, log.From(1));
  EXPECT_EQ(folded.step.begin, 1);
  EXPECT_EQ(folded.step.end, 3);
}

TEST(Fold, ReadsWhatTheSourceSaysWhereItLies) {
  FoldLog log;
  log.Add({.payload = R"({"to":" +1 (555) 0100","carrier":"acme"})"});
  const FoldedStep folded = FoldAll(log);
  ASSERT_THAT(folded.step.facts, SizeIs(1));
  EXPECT_EQ(folded.step.facts[0].carrier, "acme");
  EXPECT_EQ(folded.step.facts[0].subject_hash, SubjectHash(kKey, "+15550100"));
  EXPECT_EQ(folded.step.facts[0].consent, "") << "nobody read anything";
}

TEST(Fold, HashesNobodyWithoutAKeyOrAnAddress) {
  FoldLog log;
  log.Add({.payload = R"({"to":"+15550100"})"}).Add({.payload = R"({"to":"  "})"}).Add({.payload = R"({})"});
  FoldOptions options = TestOptions();
  const FoldedStep with_key = FoldAll(log);
  EXPECT_TRUE(with_key.step.facts[0].subject_hash.has_value());
  EXPECT_FALSE(with_key.step.facts[1].subject_hash.has_value());
  EXPECT_FALSE(with_key.step.facts[2].subject_hash.has_value());
  options.subject_key.clear();
  Fold keyless(options);
  EXPECT_FALSE(keyless.Step(0, log.entries()).step.facts[0].subject_hash.has_value());
}

TEST(Fold, AsksForConsentOfReadEventsAlone) {
  FoldLog log;
  log.Add({.payload = R"({"consent":"Yes"})", .event_type = "message:read"})
      .Add({.payload = R"({"consent":"no"})", .event_type = "message:read"})
      .Add({.payload = R"({})", .event_type = "message:read"})
      .Add({.payload = R"({"consent":"yes"})", .event_type = "message:delivery"})
      .Add({.payload = R"({"consent":"yes"})", .kind = EntryKind::kConflict, .event_type = "message:read"})
      .Add({.payload = R"({})", .event_type = "message:read", .source = "other"})
      .Add({.event_type = "message:read", .is_disposed = true});
  std::vector<std::string> consents;
  for (const db::MessageFactRow& row : FoldAll(log).step.facts) {
    consents.push_back(row.consent);
  }
  EXPECT_THAT(consents, ElementsAre("given", "refused", "absent", "", "", "", ""));
}

TEST(Fold, OfAPayloadThatWasDisposedOfTheLeafSpeaks) {
  FoldLog log;
  log.Add({.is_disposed = true});
  const FoldedStep folded = FoldAll(log);
  ASSERT_THAT(folded.step.facts, SizeIs(1));
  EXPECT_EQ(folded.step.facts[0].fact.status, MessageStatus::kPending);
  EXPECT_EQ(folded.step.facts[0].verdict, "");
  EXPECT_EQ(folded.step.facts[0].shape_id, "");
  ASSERT_THAT(folded.step.versions, SizeIs(1));
  EXPECT_EQ(folded.step.versions[0].entry_count, 1);
  EXPECT_EQ(folded.step.versions[0].unregistered_count, 0);
  EXPECT_THAT(folded.step.shapes, IsEmpty());
}

TEST(Fold, APayloadThatJsonbCannotHoldIsFoldedAndSaysSo) {
  FoldLog log;
  log.Add({.payload = R"({"to":"a\u0000b"})", .payload_error = "22P05"});
  const FoldedStep folded = FoldAll(log);
  ASSERT_THAT(folded.step.facts, SizeIs(1));
  EXPECT_EQ(folded.step.facts[0].payload_error, "22P05");
  EXPECT_EQ(folded.step.facts[0].verdict, "unregistered");
  EXPECT_NE(folded.step.facts[0].shape_id, "");
}

TEST(Fold, WhatIsNoJsonHasNoShapeAndNoVerdict) {
  FoldLog log;
  log.Add({.payload = "no"});
  const FoldedStep folded = FoldAll(log);
  ASSERT_THAT(folded.step.facts, SizeIs(1));
  EXPECT_EQ(folded.step.facts[0].verdict, "");
  EXPECT_THAT(folded.step.shapes, IsEmpty());
}

TEST(Fold, DamagedEntriesAreNamedAndHoldNothingUp) {
  FoldLog log;
  log.Add({}).AddDamaged().Add({}).Add({});
  log.entries()[2].entry->leaf = "{}";
  const FoldedStep folded = FoldAll(log);
  EXPECT_THAT(folded.unread, ElementsAre(1, 2));
  EXPECT_EQ(folded.step.end, 4);
  EXPECT_THAT(folded.step.entries, SizeIs(2));
  EXPECT_THAT(folded.step.facts, SizeIs(2));
}

TEST(Fold, RememberRetirementsOfAdapters) {
  FoldLog log;
  const GovernanceRecord record =
      EncodeRetirement({.adapter_id = "adapter-1", .actor = "ops@example.com"}, FoldSecond(0));
  log.Add({.payload = record.payload, .kind = EntryKind::kGovernance, .event_type = record.event_type, .second = 7})
      .Add({.payload = "{}", .kind = EntryKind::kGovernance, .event_type = record.event_type})
      .Add({.payload = "{}", .kind = EntryKind::kGovernance, .event_type = "hold:create"})
      .Add({.payload = record.payload, .kind = EntryKind::kEnvelope, .event_type = record.event_type});
  const FoldedStep folded = FoldAll(log);
  ASSERT_THAT(folded.step.retirements, SizeIs(1));
  EXPECT_EQ(folded.step.retirements[0].adapter_id, "adapter-1");
  EXPECT_EQ(folded.step.retirements[0].actor, "ops@example.com");
  EXPECT_EQ(folded.step.retirements[0].leaf_index, 0);
  EXPECT_EQ(folded.step.retirements[0].retire_time, FoldSecond(8));
  EXPECT_THAT(folded.unread, ElementsAre(1));
  EXPECT_THAT(folded.step.entries, SizeIs(4));
}

}  // namespace
}  // namespace affidavit::projector
