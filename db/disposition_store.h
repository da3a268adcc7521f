// The end of payloads past their retention (migrations/0012_disposition), as role affidavit_dispose runs it. Functions
// run inside a caller's transaction and may throw libpqxx's exceptions, which Transact turns into a Status.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.h"

namespace affidavit::db {

class Transaction;

// The lock (db/session_lock.h) of whoever disposes, for as long as that takes.
inline constexpr char kDispositionRunLock[] = "affidavit.disposition_run";
// Keeps every disposition from beginning until the transaction ends. False: one is under way, whose choice of what
// stays must not be overtaken.
bool KeepDispositionsOut(Transaction& transaction);

// What would become of a partition's payloads at a cutoff.
struct PartitionFate {
  std::string partition_name;
  std::optional<TimePoint> first_receive_time, last_receive_time;  // of its payloads; nothing: it has none
  int64_t row_count = 0;
  int64_t kept_count = 0;        // promised for longer, or held
  int64_t held_count = 0;        // of kept_count: only because of holds
  int64_t unmirrored_count = 0;  // of those that would go: in scope, and not copied to the object store

  int64_t ExpiredCount() const { return row_count - kept_count; }
};

// Partitions of payloads and excluded payloads, by name.
std::vector<std::string> ListPayloadPartitions(Transaction& transaction);
// Writes nothing. REQUIRES: a name of ListPayloadPartitions.
PartitionFate ReadPartitionFate(Transaction& transaction, const std::string& partition_name, TimePoint cutoff);

// Chooses what stays, and copies it beside. UNAVAILABLE: holds and policies are not folded to the end of the log yet.
struct PreparedDisposition {
  int64_t row_count = 0, kept_count = 0, held_count = 0;
};
PreparedDisposition PrepareDisposition(Transaction& transaction, const std::string& partition_name, TimePoint cutoff);

// The object of an entry whose payload is about to go.
struct ExpiredObject {
  int64_t leaf_index = 0;
  std::string store, object_key, version_id;
};
// Of a prepared partition, by leaf_index from `leaf_index_min` up, at most `limit`. What was never copied has none.
std::vector<ExpiredObject> ListExpiredObjects(Transaction& transaction, const std::string& partition_name,
                                              int64_t leaf_index_min, int limit);

// Drops what is not kept; how many payloads went. UNAVAILABLE: a hold, a policy or a payload came since it was
// prepared, or governance is not folded to the end of the log yet, or somebody held the table for long: try again, then
// prepare again. INTERNAL, saying why: no such intent, nothing prepared, a payload to be kept that is not what its leaf
// says. Repeats safely. A transaction of its own: whoever appends waits for it.
int64_t CompleteDisposition(Transaction& transaction, const std::string& partition_name, int64_t intent_leaf_index);

// Partitions whose payloads went without that the log was told: a run was cut short before its last step.
struct DroppedDisposition {
  std::string partition_name;
  int64_t intent_leaf_index = 0;
  int64_t disposed_count = 0, kept_count = 0;
};
std::vector<DroppedDisposition> ListUnconcluded(Transaction& transaction);

}  // namespace affidavit::db
