// Reads of entries and payloads: short transactions, keyset pages below one tree_size. Used by query, by readmission
// and by the worker. Functions run inside a caller's transaction (ConnectionPool::Transact) and may throw libpqxx's
// exceptions, which Transact turns into a Status.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/time.h"
#include "core/envelope/leaf.h"

namespace affidavit::db {

class Transaction;

struct StoredEntry {
  int64_t leaf_index = 0;
  int64_t payload_id = 0;
  TimePoint integrate_time;
  std::string leaf;
  Digest leaf_hash{};
  std::optional<std::string> payload;  // raw bytes, when asked for and not disposed of
  std::string payload_error;           // filled only with the payload
};

enum class WithPayload { kNo, kYes };

// Each read checks leaf_hash against leaf, and the payload (when read) against the leaf's digest: DATA_LOSS names the
// entry.
absl::StatusOr<std::optional<StoredEntry>> ReadEntry(Transaction& transaction, int64_t leaf_index, WithPayload payload);

// Candidates for an event id, in leaf_index order, at most `limit`. Empty source: any.
struct Candidate {
  int64_t leaf_index;
  std::string source;
  EntryKind kind;
};
std::vector<Candidate> FindByEventId(Transaction& transaction, std::string_view event_id, std::string_view source,
                                     int limit);
// For tests: its statement, to look at its plan.
const char* FindByEventIdSql();

struct ListFilter {
  std::vector<EntryKind> kinds;                                         // empty: all
  std::string source, channel, event_type, message_id, correlation_id;  // empty: any
  std::optional<TimePoint> start_time, end_time;                        // receive_time, [start, end)
  std::optional<Digest> subject_hash;  // finds only entries that are projected: below the cursor `facts`
};

struct ListPage {
  std::vector<StoredEntry> entries;
  // Where the next page starts; absent when nothing below tree_size is left.
  std::optional<int64_t> next_leaf_index;
};

// Entries with from <= leaf_index < tree_size that match, at most `limit` and about `payload_bytes_max` of payload. A
// page may end early after looking at many entries that do not match, so that no transaction runs long. Where to look
// is looked up (db/entry_list_walk.h); whatever is folded or emptied meanwhile, no entry is missed.
absl::StatusOr<ListPage> ListEntries(Transaction& transaction, const ListFilter& filter, int64_t from_leaf_index,
                                     int64_t tree_size, int limit, WithPayload payload, int64_t payload_bytes_max);

// Fills in the payloads of `entries`; what was disposed of stays absent. DATA_LOSS, naming the entry, when a payload is
// not the one that its leaf names.
absl::Status ReadPayloads(Transaction& transaction, std::vector<StoredEntry>& entries);

// Where the leaf with these fields and this hash is, found by the identity that the fields state; nothing when the log
// has no such leaf.
std::optional<int64_t> FindByLeaf(Transaction& transaction, const LeafFields& fields, const Digest& leaf_hash);

int64_t ReadTreeSize(Transaction& transaction);

}  // namespace affidavit::db
