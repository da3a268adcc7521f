// The full tiles that a log must have, from its leaf hashes alone: RFC 6962 as it is written, without the code that
// makes them in production.
#pragma once

#include <map>
#include <span>
#include <utility>
#include <vector>

#include "core/base/digest.h"
#include "tests/support/test_database.h"

namespace affidavit::testing {

struct ReferenceTile {
  std::vector<Digest> hashes;
  Digest root{};

  bool operator==(const ReferenceTile&) const = default;
};

// By level and index.
using ReferenceTiles = std::map<std::pair<int, int64_t>, ReferenceTile>;

ReferenceTiles MakeReferenceTiles(std::vector<Digest> leaf_hashes);

// entries.leaf_hash, by leaf_index; fails the test when there is a gap.
std::vector<Digest> ReadLeafHashes(const TestDatabase& database);

// Makes an empty log one of `size` entries with their tiles: for logs of a size that takes too long to append. The
// leaves are not what their hashes and columns say.
void WriteLog(const TestDatabase& database, int size);

// Fails the test unless affidavit.tiles has exactly the full tiles over affidavit.entries.
void ExpectTilesOfEntries(const TestDatabase& database);

}  // namespace affidavit::testing
