#include "core/retention/protection.h"

#include <algorithm>
#include <random>

#include "core/retention/retention.h"
#include "gtest/gtest.h"

namespace affidavit {
namespace {

TimePoint Time(std::string_view text) {
  return ParseRfc3339(text).value();
}

LeafFields Sent(const std::string& message_id, const std::string& time = "2024-02-29T10:00:00Z") {
  return {.source = "genesys",
          .event_type = "message:send",
          .channel = "SMS",
          .message_id = message_id,
          .correlation_id = "c-1",
          .receive_time = Time(time),
          .retain_until = AddYears(Time(time), 7)};
}

LegalHold OnMessage(const std::string& hold_id, const std::string& message_id) {
  return {.hold_id = hold_id, .case_reference = "case", .actor = "a", .predicate = {.message_id = message_id}};
}

TEST(HoldPredicate, BindsByMessageCorrelationAndTime) {
  const LeafFields fields = Sent("m-1");
  EXPECT_TRUE(Binds(HoldPredicate{.message_id = "m-1"}, fields));
  EXPECT_FALSE(Binds(HoldPredicate{.message_id = "m-2"}, fields));
  EXPECT_TRUE(Binds(HoldPredicate{.source = "genesys", .correlation_id = "c-1"}, fields));
  EXPECT_FALSE(Binds(HoldPredicate{.source = "other", .correlation_id = "c-1"}, fields));
  const TimePoint received = fields.receive_time;
  EXPECT_TRUE(Binds(HoldPredicate{.start_time = received}, fields)) << "the start is in";
  EXPECT_FALSE(Binds(HoldPredicate{.end_time = received}, fields)) << "the end is not";
  EXPECT_TRUE(Binds(HoldPredicate{.end_time = received + std::chrono::microseconds(1)}, fields));
  EXPECT_FALSE(Binds(HoldPredicate{}, fields)) << "a hold on nothing holds nothing";
}

TEST(LegalHolds, AnEntryIsHeldWhileOneHoldBindsIt) {
  LegalHolds holds;
  holds.Create(OnMessage("h-1", "m-1"));
  holds.Create({.hold_id = "h-2", .predicate = {.start_time = Time("2024-01-01T00:00:00Z")}});
  EXPECT_TRUE(holds.IsHeld(Sent("m-1")));
  holds.Release("h-1");
  EXPECT_TRUE(holds.IsHeld(Sent("m-1"))) << "the other one";
  EXPECT_EQ(holds.Find("h-1"), nullptr);
  holds.Release("h-2");
  EXPECT_FALSE(holds.IsHeld(Sent("m-1")));
  holds.Create(OnMessage("h-1", "m-1"));
  EXPECT_FALSE(holds.IsHeld(Sent("m-1"))) << "released is for ever";
  EXPECT_TRUE(holds.active().empty());
}

TEST(Protection, IsTheLongestOfLeafAndPolicies) {
  Governance governance;
  const LeafFields fields = Sent("m-1");
  EXPECT_EQ(ProtectionOf(fields, governance), (EntryProtection{fields.retain_until, false}));
  FoldAct(SetRetention{.policy = {.regime = "short", .years = 3}, .actor = "a"}, governance);
  EXPECT_EQ(ProtectionOf(fields, governance).retain_until, fields.retain_until) << "never shorter than the leaf says";
  FoldAct(SetRetention{.policy = {.channel = "SMS", .regime = "long", .years = 9}, .actor = "a"}, governance);
  EXPECT_EQ(ProtectionOf(fields, governance).retain_until, Time("2033-02-28T10:00:00Z")) << "29 February";
  FoldAct(OnMessage("h-1", "m-1"), governance);
  EXPECT_TRUE(ProtectionOf(fields, governance).legal_hold);
  FoldAct(ReleaseHold{.hold_id = "h-1", .actor = "a"}, governance);
  EXPECT_FALSE(ProtectionOf(fields, governance).legal_hold);
}

// Acts in any order, some of them twice: the same governance, and at every step the lock is no shorter than before.
TEST(Protection, DoesNotDependOnTheOrderOfActs) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 50; ++round) {
    std::vector<GovernanceAct> acts;
    for (int i = 0; i < 12; ++i) {
      const std::string id = std::to_string(i);
      acts.push_back(OnMessage(id, "m-" + std::to_string(random() % 4)));
      acts.push_back(SetRetention{
          .policy = {.source = random() % 2 == 0 ? "" : "genesys", .regime = "r", .years = 1 + int(random() % 12)},
          .actor = "a"});
      if (random() % 2 == 0) {
        acts.push_back(ReleaseHold{.hold_id = id, .actor = "a"});
      }
    }
    const LeafFields fields = Sent("m-1");
    Governance in_order;
    TimePoint until = fields.retain_until;
    for (const GovernanceAct& act : acts) {
      FoldAct(act, in_order);
      ASSERT_GE(ProtectionOf(fields, in_order).retain_until, until);
      until = ProtectionOf(fields, in_order).retain_until;
    }
    std::vector<GovernanceAct> shuffled = acts;
    shuffled.insert(shuffled.end(), acts.begin(), acts.begin() + 6);
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    Governance out_of_order;
    for (const GovernanceAct& act : shuffled) {
      FoldAct(act, out_of_order);
    }
    ASSERT_EQ(in_order, out_of_order);
    bool held = false;
    for (const auto& [id, hold] : in_order.holds.active()) {
      held = held || Binds(hold.predicate, fields);
    }
    ASSERT_EQ(ProtectionOf(fields, in_order).legal_hold, held) << "the indexes find what a plain look finds";
  }
}

}  // namespace
}  // namespace affidavit
