#include "core/envelope/entry_kind.h"

#include <gtest/gtest.h>

namespace affidavit {
namespace {

TEST(EntryKindTest, NamesAreFixedForEver) {
  constexpr std::pair<EntryKind, std::string_view> kNames[] = {
      {EntryKind::kEnvelope, "envelope"},
      {EntryKind::kConflict, "conflict"},
      {EntryKind::kExcluded, "excluded"},
      {EntryKind::kQuarantined, "quarantined"},
      {EntryKind::kStatus, "status"},
      {EntryKind::kGovernance, "governance"},
      {EntryKind::kReconciliation, "reconciliation"},
      {EntryKind::kHeartbeat, "heartbeat"},
      {EntryKind::kAccess, "access"},
  };
  for (const auto& [kind, name] : kNames) {
    EXPECT_EQ(EntryKindName(kind), name);
    EXPECT_EQ(ParseEntryKind(name), kind);
  }
  EXPECT_EQ(ParseEntryKind(""), std::nullopt);
  EXPECT_EQ(ParseEntryKind("Envelope"), std::nullopt);
}

TEST(EntryKindTest, WhatAdmissionMakesIsNoRecord) {
  EXPECT_FALSE(IsRecord(EntryKind::kEnvelope));
  EXPECT_FALSE(IsRecord(EntryKind::kConflict));
  EXPECT_FALSE(IsRecord(EntryKind::kExcluded));
  EXPECT_FALSE(IsRecord(EntryKind::kQuarantined));
  EXPECT_TRUE(IsRecord(EntryKind::kStatus));
  EXPECT_TRUE(IsRecord(EntryKind::kGovernance));
  EXPECT_TRUE(IsRecord(EntryKind::kReconciliation));
  EXPECT_TRUE(IsRecord(EntryKind::kHeartbeat));
  EXPECT_TRUE(IsRecord(EntryKind::kAccess));
}

}  // namespace
}  // namespace affidavit
