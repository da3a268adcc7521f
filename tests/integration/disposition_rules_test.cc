// What SQL says of holds and policies when it disposes is what core says, which the mirror and the auditors go by.
#include <random>

#include "tests/integration/disposition_fixture.h"

namespace affidavit::cli {
namespace {

using affidavit::testing::Role;

using DispositionRulesTest = affidavit::testing::DispositionFixture;
using Ids = std::vector<std::string>;

TEST_F(DispositionRulesTest, SqlAndCoreAgree) {
  const uint64_t seed = std::random_device{}();
  std::mt19937_64 random(seed);
  const auto pick = [&](const Ids& from) { return from[random() % from.size()]; };
  const Ids sources = {"genesys", "other"}, channels = {"SMS", "EMAIL"}, types = {"message:send", "message:read"};
  const Ids messages = {"m-1", "m-2", "m-3"}, chains = {"c-1", "c-2", "c-3"};
  const auto or_any = [&](const Ids& from) { return random() % 2 == 0 ? std::string() : pick(from); };
  for (int i = 0; i < 60; ++i) {
    const EntryKind kind = random() % 5 == 0 ? EntryKind::kExcluded : EntryKind::kEnvelope;
    AppendOne({.kind = kind,
               .source = pick(sources),
               .event_id = absl::StrCat("e-", i),
               .payload = absl::StrCat("{\"n\":", i, "}"),
               .message_id = pick(messages),
               .correlation_id = pick(chains),
               .channel = pick(channels),
               .receive_time = std::chrono::sys_days{std::chrono::year{2008 + static_cast<int>(random() % 18)} / 2 /
                                                     std::chrono::last} +
                               std::chrono::hours(random() % 24),
               .event_type = pick(types)});
  }
  Governance governance;
  for (int i = 0; i < 8; ++i) {
    GovernanceAct act = SetRetention{.policy = {.source = or_any(sources),
                                                .channel = or_any(channels),
                                                .event_type = or_any(types),
                                                .regime = absl::StrCat("r", i),
                                                .years = static_cast<int>(1 + random() % 16)},
                                     .actor = "ada"};
    if (i % 2 == 0) {
      LegalHold hold{.hold_id = absl::StrCat("H", i),
                     .case_reference = "1",
                     .actor = "ada",
                     .predicate = {.source = or_any(sources)}};
      if (i == 0) {
        hold.predicate.start_time = std::chrono::sys_days{std::chrono::year{2014} / 1 / 1};
        hold.predicate.end_time = std::chrono::sys_days{std::chrono::year{2016} / 1 / 1};
      } else if (i % 4 == 0) {
        hold.predicate.message_id = pick(messages);
      } else {
        hold.predicate.correlation_id = pick(chains);
      }
      act = hold;
    }
    ASSERT_TRUE(AppendAct(EncodeAct(act)).ok());
    FoldAct(act, governance);
  }
  const TimePoint cutoff = options_.cutoff;
  int held_count = 0, retained_count = 0;
  for (const auto& [leaf_index, fields] : fields_) {
    const EntryProtection protection = ProtectionOf(fields, governance);
    const auto sql = database_.Run(
        Role::kDispose, absl::StrCat("SELECT affidavit.is_held(e), affidavit.is_retained(e, '", FormatRfc3339(cutoff),
                                     "') FROM affidavit.entries e WHERE leaf_index = ", leaf_index));
    ASSERT_TRUE(sql.ok()) << sql.status();
    EXPECT_EQ((*sql)[0][0] == "t", protection.legal_hold) << "entry " << leaf_index << ", seed " << seed;
    EXPECT_EQ((*sql)[0][1] == "t", protection.retain_until > cutoff) << "entry " << leaf_index << ", seed " << seed;
    held_count += protection.legal_hold ? 1 : 0;
    retained_count += protection.retain_until > cutoff ? 1 : 0;
  }
  EXPECT_GT(held_count, 0);
  EXPECT_GT(retained_count, 0);
}

}  // namespace
}  // namespace affidavit::cli
