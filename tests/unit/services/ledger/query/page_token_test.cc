#include "services/ledger/query/page_token.h"

#include <gtest/gtest.h>

#include "core/base/encoding.h"

namespace affidavit::ledger {
namespace {

TEST(PageTokenTest, ComesBackAsItWentOut) {
  const db::ListFilter filter{.kinds = {EntryKind::kEnvelope}, .source = "genesys"};
  const PageToken token{.tree_size = int64_t{1} << 50, .next_leaf_index = 123'456'789};
  EXPECT_EQ(DecodePageToken(EncodePageToken(token, filter), filter), token);
}

TEST(PageTokenTest, IsTheSameInEveryProcess) {
  // Ledgers behind one load balancer read each other's tokens, also while one runs the next release.
  EXPECT_EQ(EncodePageToken({.tree_size = 1000, .next_leaf_index = 100}, db::ListFilter{}),
            "AQAAAAAAAAPoAAAAAAAAAGShVn6KLF9nz2l0zs+OCg6s");
}

TEST(PageTokenTest, IsBoundToTheFilter) {
  const db::ListFilter filter{.source = "genesys", .channel = "SMS"};
  const std::string token = EncodePageToken({.tree_size = 10, .next_leaf_index = 5}, filter);
  const TimePoint time = ParseRfc3339("2026-01-01T00:00:00Z").value();
  const std::vector<db::ListFilter> others = {
      {},
      {.source = "genesys"},
      {.source = "genesysSMS"},
      {.source = "SMS", .channel = "genesys"},
      {.kinds = {EntryKind::kEnvelope}, .source = "genesys", .channel = "SMS"},
      {.source = "genesys", .channel = "SMS", .event_type = "x"},
      {.source = "genesys", .channel = "SMS", .message_id = "x"},
      {.source = "genesys", .channel = "SMS", .correlation_id = "x"},
      {.source = "genesys", .channel = "SMS", .start_time = time},
      {.source = "genesys", .channel = "SMS", .end_time = time},
      {.source = "genesys", .channel = "SMS", .subject_hash = Digest{}},
  };
  for (const db::ListFilter& other : others) {
    EXPECT_EQ(DecodePageToken(token, other), std::nullopt);
  }
}

TEST(PageTokenTest, KindsAreASet) {
  const std::string token = EncodePageToken({.tree_size = 10, .next_leaf_index = 5},
                                            db::ListFilter{.kinds = {EntryKind::kConflict, EntryKind::kEnvelope}});
  EXPECT_TRUE(DecodePageToken(
      token, db::ListFilter{.kinds = {EntryKind::kEnvelope, EntryKind::kConflict, EntryKind::kEnvelope}}));
}

TEST(PageTokenTest, OneChangedBitIsNoToken) {
  const std::string bytes =
      Base64Decode(EncodePageToken({.tree_size = 1000, .next_leaf_index = 100}, db::ListFilter{})).value();
  for (size_t i = 0; i < bytes.size() * 8; ++i) {
    std::string changed = bytes;
    changed[i / 8] = static_cast<char>(changed[i / 8] ^ (1 << i % 8));
    EXPECT_EQ(DecodePageToken(Base64Encode(changed), db::ListFilter{}), std::nullopt) << i;
  }
}

TEST(PageTokenTest, RefusesWhatIsNoToken) {
  const std::string token = EncodePageToken({.tree_size = 1000, .next_leaf_index = 100}, db::ListFilter{});
  for (const std::string& text :
       {std::string(), std::string("x"), token.substr(1), token + "AAAA", " " + token, std::string(1 << 16, 'A')}) {
    EXPECT_EQ(DecodePageToken(text, db::ListFilter{}), std::nullopt);
  }
}

TEST(PageTokenTest, PositionsLieBelowTheTreeSize) {
  for (const PageToken& token :
       {PageToken{.tree_size = 5, .next_leaf_index = 5}, PageToken{.tree_size = 5, .next_leaf_index = -1},
        PageToken{.tree_size = -5, .next_leaf_index = -6}}) {
    EXPECT_EQ(DecodePageToken(EncodePageToken(token, db::ListFilter{}), db::ListFilter{}), std::nullopt);
  }
}

}  // namespace
}  // namespace affidavit::ledger
