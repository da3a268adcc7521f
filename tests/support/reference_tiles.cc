#include "tests/support/reference_tiles.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/encoding.h"
#include "gtest/gtest.h"

namespace affidavit::testing {
namespace {

constexpr size_t kWidth = 256;

Digest DigestOf(std::string_view hex) {
  const auto bytes = HexDecode(hex);
  Digest digest{};
  EXPECT_TRUE(bytes.has_value() && bytes->size() == digest.size());
  std::copy(bytes->begin(), bytes->end(), digest.begin());
  return digest;
}

// MTH over hashes that are leaves, or roots of subtrees of one size. `hashes` are a power of two.
Digest Mth(std::span<const Digest> hashes) {
  if (hashes.size() == 1) {
    return hashes.front();
  }
  const size_t k = hashes.size() / 2;
  return Sha256({std::string_view("\x01", 1), AsBytes(Mth(hashes.first(k))), AsBytes(Mth(hashes.last(k)))});
}

}  // namespace

ReferenceTiles MakeReferenceTiles(std::vector<Digest> hashes) {
  ReferenceTiles tiles;
  for (int level = 0; hashes.size() >= kWidth; ++level) {
    std::vector<Digest> roots;
    for (size_t begin = 0; begin + kWidth <= hashes.size(); begin += kWidth) {
      const auto first = hashes.begin() + static_cast<std::ptrdiff_t>(begin);
      ReferenceTile& tile = tiles[{level, static_cast<int64_t>(roots.size())}];
      tile.hashes.assign(first, first + kWidth);
      tile.root = Mth(tile.hashes);
      roots.push_back(tile.root);
    }
    hashes = std::move(roots);
  }
  return tiles;
}

std::vector<Digest> ReadLeafHashes(const TestDatabase& database) {
  const absl::StatusOr<Rows> rows = database.Run(
      Role::kSuperuser, "SELECT leaf_index, encode(leaf_hash, 'hex') FROM affidavit.entries ORDER BY leaf_index");
  std::vector<Digest> hashes;
  if (!rows.ok()) {
    ADD_FAILURE() << rows.status();
    return hashes;
  }
  for (const std::vector<std::string>& row : *rows) {
    EXPECT_EQ(row[0], std::to_string(hashes.size())) << "a gap";
    hashes.push_back(DigestOf(row[1]));
  }
  return hashes;
}

void WriteLog(const TestDatabase& database, int size) {
  database.Exec(absl::StrCat(R"(
    INSERT INTO affidavit.entries (leaf_index, payload_id, receive_time, retain_until, payload_size, payload_sha256,
                                   leaf_hash, kind, source, event_id, retention_class, provenance, leaf)
    SELECT i, -i, now(), now(), 2, sha256(i::text::bytea), sha256(i::text::bytea), 'envelope', 'written', i::text,
           'default', 'webhook', '{}' FROM generate_series(0, )",
                             size - 1, ") i"));
  std::vector<std::string> rows;
  for (const auto& [place, tile] : MakeReferenceTiles(ReadLeafHashes(database))) {
    std::string hashes;
    for (const Digest& hash : tile.hashes) {
      hashes += HexEncode(AsBytes(hash));
    }
    rows.push_back(absl::StrCat("(", place.first, ",", place.second, ",'\\x", hashes, "','\\x",
                                HexEncode(AsBytes(tile.root)), "')"));
  }
  if (!rows.empty()) {
    database.Exec(absl::StrCat("INSERT INTO affidavit.tiles VALUES ", absl::StrJoin(rows, ",")));
  }
}

void ExpectTilesOfEntries(const TestDatabase& database) {
  const absl::StatusOr<Rows> rows = database.Run(
      Role::kSuperuser, "SELECT level, tile_index, encode(hashes, 'hex'), encode(root, 'hex') FROM affidavit.tiles");
  ASSERT_TRUE(rows.ok()) << rows.status();
  ReferenceTiles stored;
  for (const std::vector<std::string>& row : *rows) {
    ReferenceTile& tile = stored[{std::stoi(row[0]), std::stoll(row[1])}];
    for (size_t at = 0; at < row[2].size(); at += 2 * sizeof(Digest)) {
      tile.hashes.push_back(DigestOf(std::string_view(row[2]).substr(at, 2 * sizeof(Digest))));
    }
    tile.root = DigestOf(row[3]);
  }
  const ReferenceTiles expected = MakeReferenceTiles(ReadLeafHashes(database));
  EXPECT_EQ(stored.size(), expected.size());
  for (const auto& [place, tile] : expected) {
    EXPECT_TRUE(stored[place] == tile) << "tile " << place.second << " of level " << place.first;
  }
}

}  // namespace affidavit::testing
