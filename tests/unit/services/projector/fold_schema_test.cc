// What the fold learns of versions, shapes and schemas.
#include "core/schema/registration.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/projector/fold.h"
#include "tests/unit/services/projector/fold_entries.h"

namespace affidavit::projector {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

FoldOptions MapOptions() {
  FoldOptions options;
  options.details["genesys"].map_objects = {*ParseJsonPointer("/metadata")};
  return options;
}

FoldSpec Registration(const std::string& schema, const std::string& version = "1",
                      const std::string& type = "message:send") {
  const GovernanceRecord record = EncodeRegistration(
      {.source = "genesys", .event_type = type, .schema_version = version, .schema = schema, .actor = "dev"});
  return {.payload = record.payload,
          .kind = EntryKind::kGovernance,
          .event_type = record.event_type,
          .schema_version = "",
          .source = "affidavit",
          .message_id = ""};
}

constexpr char kNumber[] = R"({"type":"object","properties":{"n":{"type":"number"}}})";
constexpr char kText[] = R"({"type":"object","properties":{"n":{"type":"string"}}})";

std::vector<std::string> VerdictsOf(const FoldedStep& folded) {
  std::vector<std::string> verdicts;
  for (const db::MessageFactRow& row : folded.step.facts) {
    verdicts.push_back(row.verdict);
  }
  return verdicts;
}

// "version shape" of each change; "version" alone: the version is new.
std::vector<std::string> ChangesOf(const FoldedStep& folded) {
  std::vector<std::string> texts;
  for (const SchemaChange& change : folded.changes) {
    texts.push_back(std::to_string(change.leaf_index) + " " + change.schema_version +
                    (change.shape_id.empty() ? "" : " shape"));
  }
  return texts;
}

TEST(FoldSchema, ASchemaBindsWhatComesAfterItUntilTheNext) {
  FoldLog log;
  log.Add({.payload = R"({"n":1})"})
      .Add(Registration(kNumber))
      .Add({.payload = R"({"n":1})"})
      .Add({.payload = R"({"n":"1"})"})
      .Add(Registration(kText))
      .Add({.payload = R"({"n":1})"})
      .Add({.payload = R"({"n":"1"})"})
      .Add({.payload = R"({"n":"1"})", .schema_version = "2"})
      .Add({.payload = R"({"n":"1"})", .event_type = "message:read"})
      .Add({.payload = R"({"n":"1"})", .source = "other"});
  Fold fold(MapOptions());
  const FoldedStep folded = fold.Step(0, log.entries());
  EXPECT_THAT(VerdictsOf(folded), ElementsAre("unregistered", "valid", "drifted", "drifted", "valid", "unregistered",
                                              "unregistered", "unregistered"));
  ASSERT_THAT(folded.step.schemas, SizeIs(2));
  EXPECT_EQ(folded.step.schemas[0].leaf_index, 1);
  EXPECT_EQ(folded.step.schemas[0].actor, "dev");
  EXPECT_EQ(folded.step.schemas[1].schema_id, SchemaIdOf(kText));
  EXPECT_EQ(folded.step.facts[2].schema_id, SchemaIdOf(kNumber));
  EXPECT_EQ(folded.step.facts[2].drift_pointer, "/n");
  EXPECT_NE(folded.step.facts[2].drift_reason, "");
  EXPECT_EQ(folded.step.facts[3].schema_id, SchemaIdOf(kText));
  ASSERT_FALSE(folded.step.versions.empty());
  EXPECT_EQ(folded.step.versions[0].valid_count, 2);
  EXPECT_EQ(folded.step.versions[0].drifted_count, 2);
  EXPECT_EQ(folded.step.versions[0].unregistered_count, 1);
  EXPECT_THAT(folded.drifts, SizeIs(2));
}

TEST(FoldSchema, OneDriftIsToldOnceAStep) {
  FoldLog log;
  log.Add(Registration(kNumber)).Add({.payload = R"({"n":"1"})"}).Add({.payload = R"({"n":"2"})"});
  Fold fold(MapOptions());
  const FoldedStep folded = fold.Step(0, log.entries());
  ASSERT_THAT(folded.drifts, SizeIs(1));
  EXPECT_EQ(folded.drifts[0].leaf_index, 1);
  EXPECT_EQ(folded.drifts[0].drift.pointer, "/n");
}

// A source that puts data where its version belongs must not fill the registry, nor the pager.
TEST(FoldSchema, VersionsPastTheThousandthAreNotCounted) {
  FoldLog log;
  for (size_t i = 0; i < kVersionsOfTypeMax + 5; ++i) {
    log.Add({.payload = R"({"n":1})", .schema_version = std::to_string(i)});
  }
  Fold fold(MapOptions());
  const FoldedStep folded = fold.Step(0, log.entries());
  EXPECT_THAT(folded.step.versions, SizeIs(kVersionsOfTypeMax));
  EXPECT_THAT(folded.step.shapes, SizeIs(kVersionsOfTypeMax));
  EXPECT_THAT(folded.changes, SizeIs(kVersionsOfTypeMax - 1));
  EXPECT_THAT(folded.step.facts, SizeIs(kVersionsOfTypeMax + 5));
  EXPECT_EQ(folded.step.facts.back().verdict, "unregistered");
}

TEST(FoldSchema, AStepEndsWhenItIsEnough) {
  FoldLog log;
  for (int i = 0; i < 5; ++i) {
    log.Add({.payload = R"({"n":1})"});
  }
  Fold fold(MapOptions());
  const FoldedStep folded = fold.Step(10, log.entries(), [] { return true; });
  EXPECT_EQ(folded.step.begin, 10);
  EXPECT_EQ(folded.step.end, 11);
  EXPECT_THAT(folded.step.facts, SizeIs(1));
}

TEST(FoldSchema, ADamagedRegistrationBindsNothing) {
  FoldLog log;
  FoldSpec damaged = Registration(kNumber);
  damaged.payload = "{}";
  log.Add(damaged).Add({.payload = R"({"n":"1"})"});
  Fold fold(MapOptions());
  const FoldedStep folded = fold.Step(0, log.entries());
  EXPECT_THAT(folded.unread, ElementsAre(0));
  EXPECT_THAT(VerdictsOf(folded), ElementsAre("unregistered"));
}

TEST(FoldSchema, ASchemaThatNobodyCanCompileIsNone) {
  Fold fold(MapOptions());
  fold.Reset({{.leaf_index = 0,
               .schema_id = "0000000000000000",
               .source = "genesys",
               .event_type = "message:send",
               .schema_version = "1",
               .schema = R"({"pattern":"("})"}},
             {});
  FoldLog log;
  log.Add({});
  const FoldedStep folded = fold.Step(0, log.entries());
  EXPECT_THAT(VerdictsOf(folded), ElementsAre("unregistered"));
  EXPECT_EQ(folded.step.facts[0].schema_id, "");
}

TEST(FoldSchema, CountsVersionsAndShapesOnceAStepWithTheirTimes) {
  FoldLog log;
  log.Add({.payload = R"({"n":1})", .second = 5})
      .Add({.payload = R"({"n":2})", .second = 3})
      .Add({.payload = R"({"n":"x"})", .second = 9})
      .Add({.kind = EntryKind::kConflict, .second = 99});
  Fold fold(MapOptions());
  const FoldedStep folded = fold.Step(0, log.entries());
  ASSERT_THAT(folded.step.versions, SizeIs(1));
  const db::VersionSighting& version = folded.step.versions[0];
  EXPECT_EQ(version.entry_count, 3);
  EXPECT_EQ(version.new_shape_count, 2);
  EXPECT_EQ(version.first_leaf_index, 0);
  EXPECT_EQ(version.first_receive_time, FoldSecond(3));
  EXPECT_EQ(version.last_receive_time, FoldSecond(9));
  ASSERT_THAT(folded.step.shapes, SizeIs(2));
  EXPECT_EQ(folded.step.shapes[0].entry_count, 2);
  EXPECT_EQ(folded.step.shapes[0].first_receive_time, FoldSecond(3));
  EXPECT_EQ(folded.step.shapes[0].last_receive_time, FoldSecond(5));
  EXPECT_THAT(folded.step.shapes[0].fields, ::testing::Contains("/n number"));
  EXPECT_EQ(folded.step.shapes[1].first_leaf_index, 2);
  EXPECT_EQ(folded.step.facts[2].shape_id, folded.step.shapes[1].shape_id);

  const FoldedStep next = fold.Step(log.Size(), {log.entries()[0]});
  ASSERT_THAT(next.step.shapes, SizeIs(1));
  EXPECT_EQ(next.step.versions[0].new_shape_count, 0);
}

TEST(FoldSchema, KeysThatAreDataMakeNoShape) {
  FoldLog log;
  log.Add({.payload = R"({"metadata":{"a":"1"}})"}).Add({.payload = R"({"metadata":{"b":"1"}})"});
  Fold fold(MapOptions());
  EXPECT_THAT(fold.Step(0, log.entries()).step.shapes, SizeIs(1));
  FoldLog other;
  other.Add({.payload = R"({"metadata":{"a":"1"}})", .source = "other"})
      .Add({.payload = R"({"metadata":{"b":"1"}})", .source = "other"});
  EXPECT_THAT(fold.Step(0, other.entries()).step.shapes, SizeIs(2)) << "nothing is known of this source's maps";
}

TEST(FoldSchema, AChangeIsANewVersionOfAKnownTypeOrANewShapeOfAKnownVersion) {
  FoldLog log;
  log.Add({.payload = R"({"n":1})"})                                 // the first of its type: no change
      .Add({.payload = R"({"n":2})"})                                // the same shape
      .Add({.payload = R"({"n":"x"})"})                              // another shape
      .Add({.payload = R"({"n":"y"})"})                              // known by now
      .Add({.payload = R"({"n":true})", .schema_version = "2"})      // a version, whose first shape says no more
      .Add({.payload = R"({"n":null})", .schema_version = "2"})      // a shape of it
      .Add({.payload = R"({"n":1})", .event_type = "message:read"})  // another type
      .Add({.payload = R"({"n":1})", .source = "other"});            // another source
  Fold fold(MapOptions());
  EXPECT_THAT(ChangesOf(fold.Step(0, log.entries())), ElementsAre("2 1 shape", "4 2", "5 2 shape"));
  EXPECT_THAT(ChangesOf(fold.Step(log.Size(), log.entries())), IsEmpty()) << "all is known";
}

TEST(FoldSchema, RemembersWhatItIsToldAndNothingElse) {
  FoldLog log;
  log.Add({.payload = R"({"n":1})"}).Add({.payload = R"({"n":"x"})"});
  Fold fold(MapOptions());
  const FoldedStep first = fold.Step(0, log.entries());
  fold.Reset({}, {{.source = "genesys",
                   .event_type = "message:send",
                   .schema_version = "1",
                   .shape_id = first.step.shapes[0].shape_id}});
  const FoldedStep again = fold.Step(0, log.entries());
  EXPECT_THAT(ChangesOf(again), ElementsAre("1 1 shape"));
  EXPECT_EQ(again.step.versions[0].new_shape_count, 1);

  // A version without shapes is known all the same, and its first shape is no change.
  fold.Reset({}, {{.source = "genesys", .event_type = "message:send", .schema_version = "1", .shape_id = ""}});
  EXPECT_THAT(ChangesOf(fold.Step(0, {log.entries()[0]})), IsEmpty());
}

TEST(FoldSchema, AfterAThousandShapesOnlyCounts) {
  FoldLog log;
  for (int i = 0; i < 1'002; ++i) {
    log.Add({.payload = R"({"k)" + std::to_string(i) + R"(":1})"});
  }
  log.Add({.payload = R"({"k7":2})"}).Add({.payload = R"({"k0":1})", .schema_version = "2"});
  Fold fold(MapOptions());
  const FoldedStep folded = fold.Step(0, log.entries());
  ASSERT_THAT(folded.step.versions, SizeIs(2));
  EXPECT_EQ(folded.step.versions[0].new_shape_count, 1'000);
  EXPECT_EQ(folded.step.versions[0].unshaped_count, 2);
  EXPECT_EQ(folded.step.facts[1'001].shape_id, "");
  EXPECT_NE(folded.step.facts[1'002].shape_id, "") << "one of the thousand";
  EXPECT_NE(folded.step.facts[1'003].shape_id, "") << "another version has a thousand of its own";
  EXPECT_EQ(folded.changes.size(), 999U + 1) << "999 shapes after the first, and a version";
}

}  // namespace
}  // namespace affidavit::projector
