#include "services/ledger/query/find_entry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace affidavit::ledger {
namespace {

TEST(ChooseEntryTest, TheEnvelopeStandsForItsIdWithConflictsBeside) {
  const auto chosen = ChooseEntry({{3, "genesys", EntryKind::kExcluded},
                                   {5, "genesys", EntryKind::kEnvelope},
                                   {8, "genesys", EntryKind::kConflict},
                                   {9, "genesys", EntryKind::kConflict}});
  const auto& named = std::get<NamedEntry>(chosen);
  EXPECT_EQ(named.leaf_index, 5);
  EXPECT_THAT(named.conflict_leaf_indexes, ::testing::ElementsAre(8, 9));
}

TEST(ChooseEntryTest, WithoutAnEnvelopeTheOnlyEntryIsTheAnswer) {
  EXPECT_EQ(std::get<NamedEntry>(ChooseEntry({{3, "genesys", EntryKind::kExcluded}})).leaf_index, 3);
}

TEST(ChooseEntryTest, NothingIsNotFound) {
  EXPECT_EQ(std::get<WireError>(ChooseEntry({})).reason, v1::ERROR_REASON_ENTRY_NOT_FOUND);
}

TEST(ChooseEntryTest, SeveralSourcesOrEntriesAreAmbiguousAndListed) {
  const auto sources = ChooseEntry({{1, "one", EntryKind::kEnvelope}, {2, "two", EntryKind::kQuarantined}});
  const auto& error = std::get<WireError>(sources);
  EXPECT_EQ(error.reason, v1::ERROR_REASON_AMBIGUOUS_ID);
  EXPECT_EQ(error.metadata.at("candidates"), "one/envelope/1,two/quarantined/2");
  const auto entries = ChooseEntry({{1, "one", EntryKind::kExcluded}, {2, "one", EntryKind::kExcluded}});
  EXPECT_EQ(std::get<WireError>(entries).reason, v1::ERROR_REASON_AMBIGUOUS_ID);
}

TEST(ChooseEntryTest, ListsAreBounded) {
  std::vector<db::Candidate> candidates = {{0, "one", EntryKind::kEnvelope}};
  for (int64_t i = 1; i < 500; ++i) {
    candidates.push_back({i, "one", EntryKind::kConflict});
  }
  EXPECT_EQ(std::get<NamedEntry>(ChooseEntry(candidates)).conflict_leaf_indexes.size(), 100U);
  candidates.front().source = "two";
  const auto chosen = ChooseEntry(candidates);
  const std::string& listed = std::get<WireError>(chosen).metadata.at("candidates");
  EXPECT_EQ(std::count(listed.begin(), listed.end(), ','), 19);
}

}  // namespace
}  // namespace affidavit::ledger
