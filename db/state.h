// What moves: exact counts (folded from the log into affidavit_state.entry_counts), adapters last seen, keys first
// seen, partitions made ahead. Functions run inside a caller's transaction and may throw libpqxx's exceptions, which
// Transact turns into a Status.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "core/base/time.h"
#include "core/envelope/entry_kind.h"

namespace affidavit::db {

class Transaction;

struct EntryCount {
  std::string source;
  EntryKind kind;
  int64_t entry_count;
  TimePoint last_receive_time;
};

struct Counts {
  int64_t tree_size;
  std::vector<EntryCount> counts;  // sum of entry_count == tree_size
};

// The projection plus what it has not folded yet, in one snapshot.
Counts ReadCounts(Transaction& transaction);

// Folds at most `entry_count_max` more entries into the projection; returns how many. Concurrent folders wait for each
// other.
int64_t FoldCounts(Transaction& transaction, int64_t entry_count_max);

struct AdapterSeen {
  std::string adapter_id;
  TimePoint last_seen_time;
  std::optional<TimePoint> oldest_spooled_receive_time;
};
// last_seen_time is the database's clock; the member is ignored.
void RecordAdapterSeen(Transaction& transaction, const AdapterSeen& adapter);
std::vector<AdapterSeen> ReadAdapters(Transaction& transaction);

// Remembers a source's key on first sight. FAILED_PRECONDITION when the id is known with another fingerprint (8 bytes).
absl::Status RecordSigningKey(Transaction& transaction, std::string_view source, std::string_view key_id,
                              std::string_view key_fingerprint);

// Partitions for last month to three months ahead; returns how many were made.
int EnsurePartitions(Transaction& transaction);

TimePoint ReadDatabaseTime(Transaction& transaction);

}  // namespace affidavit::db
