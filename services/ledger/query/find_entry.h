// Which entry an event id names. Pure, thread-safe.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "db/entry_reader.h"
#include "services/ledger/wire/status.h"

namespace affidavit::ledger {

struct NamedEntry {
  int64_t leaf_index;
  std::vector<int64_t> conflict_leaf_indexes;  // oldest first, at most 100
};

// Among all entries with an event id (in leaf_index order): the envelope where there is one; otherwise the only entry.
// NOT_FOUND without any; AMBIGUOUS_ID, listing candidates, when they are of several sources or there is no envelope
// among several.
std::variant<NamedEntry, WireError> ChooseEntry(const std::vector<db::Candidate>& candidates);

}  // namespace affidavit::ledger
