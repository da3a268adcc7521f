// What becomes of each entry of a batch, given what the log already knows: the identity rules of
// docs/life-of-an-envelope.md. Pure, thread-safe.
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <vector>

#include "db/append_store.h"
#include "services/ledger/append/outcome.h"
#include "services/ledger/append/prepare.h"

namespace affidavit::ledger {

// One entry in a lane's hands.
struct LaneEntry {
  PreparedEntry* prepared = nullptr;
  // The same entry with kind conflict and its own leaf, made when its id first turns out to be taken by other bytes.
  // Its payload_id is the entry's: whatever it is stored as, it is stored once.
  std::unique_ptr<db::NewEntry> as_conflict;
};

struct Verdict {
  AppendAnswer answer;
  // Position in Plan::new_entries of the entry whose leaf_index is the answer's, once that is known; -1: the answer is
  // complete.
  int new_position = -1;
};

struct Plan {
  std::vector<Verdict> verdicts;                 // one an entry, in order
  std::vector<const db::NewEntry*> new_entries;  // to be stored, in order
};

// An envelope without a spool behind it is refused when older than this.
inline constexpr std::chrono::seconds kAgeUnexplainedMax{60};

// Entries repeat each other as they repeat what is found: the first of several in the batch is the new one. An entry
// found under its own payload_id is ours from an earlier run whose outcome was unknown, and is answered as if just
// stored. Only entries that would be stored are checked against the clock: what is known already is answered whatever
// its receive_time.
Plan Classify(std::span<LaneEntry* const> entries, const std::vector<db::FoundEntry>& found, TimePoint database_time,
              std::chrono::seconds clock_skew_max);

// The look-up keys of `entries`, in order; views into them.
std::vector<db::LookupKey> LookupKeysOf(std::span<LaneEntry* const> entries);

}  // namespace affidavit::ledger
