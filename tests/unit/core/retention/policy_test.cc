#include "core/retention/policy.h"

#include <algorithm>
#include <random>

#include "gtest/gtest.h"

namespace affidavit {
namespace {

LeafFields SmsSend() {
  return {.kind = EntryKind::kEnvelope, .source = "genesys", .event_type = "message:send", .channel = "SMS"};
}

TEST(RetentionPolicy, BindsWhatItNamesExactly) {
  const RetentionPolicy policy{.source = "genesys", .channel = "SMS", .regime = "finra-4511", .years = 8};
  EXPECT_TRUE(Binds(policy, SmsSend()));
  LeafFields other = SmsSend();
  other.channel = "sms";
  EXPECT_FALSE(Binds(policy, other));
  other = SmsSend();
  other.source = "";
  EXPECT_FALSE(Binds(policy, other));
  EXPECT_TRUE(Binds({.regime = "all", .years = 8}, other)) << "nothing named: everything";
}

TEST(RetentionPolicy, NoneBindsExcludedEntriesAndEachBindsGovernance) {
  LeafFields fields = SmsSend();
  fields.kind = EntryKind::kExcluded;
  EXPECT_FALSE(Binds({.regime = "all", .years = 8}, fields));
  fields = {.kind = EntryKind::kGovernance, .source = "affidavit", .event_type = "hold:create"};
  EXPECT_TRUE(Binds({.source = "genesys", .regime = "r", .years = 8}, fields));
}

TEST(RetentionPolicies, TheLongestThatBindsCounts) {
  RetentionPolicies policies;
  EXPECT_EQ(policies.LongestFor(SmsSend()), nullptr);
  policies.Add({.channel = "SMS", .regime = "b", .years = 8});
  policies.Add({.channel = "EMAIL", .regime = "a", .years = 9});
  policies.Add({.source = "genesys", .regime = "a", .years = 8});
  ASSERT_NE(policies.LongestFor(SmsSend()), nullptr);
  EXPECT_EQ(policies.LongestFor(SmsSend())->regime, "a") << "of two as long, the first by name";
  policies.Add({.channel = "SMS", .regime = "b", .years = 10});
  EXPECT_EQ(policies.LongestFor(SmsSend())->years, 10);
  EXPECT_EQ(policies.all().size(), 3U) << "the same policy, lengthened";
}

TEST(RetentionPolicies, PresetsHaveTheirYears) {
  EXPECT_EQ(FindRegimePreset("finra-4511")->years, 6);
  EXPECT_EQ(FindRegimePreset("no-such-rule"), nullptr);
}

// Whatever is added, in whatever order and however often: no policy is ever shortened, and the order does not matter.
TEST(RetentionPolicies, AreOnlyEverLengthenedInAnyOrder) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  const auto one_of = [&random](std::initializer_list<const char*> texts) {
    return std::string(*(texts.begin() + random() % texts.size()));
  };
  for (int round = 0; round < 50; ++round) {
    std::vector<RetentionPolicy> acts;
    for (int i = 0; i < 40; ++i) {
      acts.push_back({.source = one_of({"", "a", "b"}),
                      .channel = one_of({"", "SMS"}),
                      .event_type = one_of({"", "send"}),
                      .regime = one_of({"x", "y"}),
                      .years = 1 + static_cast<int>(random() % 12)});
    }
    const LeafFields fields{.source = one_of({"a", "b", "c"}), .event_type = "send", .channel = "SMS"};
    RetentionPolicies in_order;
    int years = 0;
    for (const RetentionPolicy& act : acts) {
      in_order.Add(act);
      const RetentionPolicy* longest = in_order.LongestFor(fields);
      const int now = longest == nullptr ? 0 : longest->years;
      ASSERT_GE(now, years);
      ASSERT_GE(in_order.Find(act)->years, act.years);
      years = now;
    }
    std::vector<RetentionPolicy> shuffled = acts;
    shuffled.insert(shuffled.end(), acts.begin(), acts.begin() + 10);  // some come twice
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    RetentionPolicies out_of_order;
    for (const RetentionPolicy& act : shuffled) {
      out_of_order.Add(act);
    }
    ASSERT_EQ(in_order, out_of_order);
    int expected = 0;
    for (const RetentionPolicy& act : acts) {
      expected = std::max(expected, Binds(act, fields) ? act.years : 0);
    }
    ASSERT_EQ(years, expected) << "the plain maximum";
  }
}

}  // namespace
}  // namespace affidavit
