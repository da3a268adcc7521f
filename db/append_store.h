// The append transaction, in the three round trips that db/postgres_append_store.cc makes of it. The sequencer drives
// it; a second implementation lives in memory (tests/support) so that the sequencer runs under TSan, and injects
// faults. One store is one connection and one thread's world.
//
// States, and the call that moves between them:
//   1. idle         Begin        -> open       (look-up of what is known, no lock held)
//   2. open         Integrate    -> locked     (payloads inserted, then the log's lock, then the same look-up again)
//   3. locked       Commit       -> idle       (entries and the tiles they fill inserted, committed and flushed)
//   any state but idle: Rollback -> idle.      Every error leaves the store idle, having rolled back.
//
// Errors, their message "SQLSTATE: …" where Postgres gave one:
//   UNAVAILABLE       connection lost, timeouts, server starting, a key that another transaction has just written:
//                     run the batch again later
//   INVALID_ARGUMENT  Postgres refused a row for its data (SQLSTATE 22*, 23* but 23505, 54*): find which row
//   DATA_LOSS         the COMMIT was sent and its outcome is unknown: run the same batch again with both BeginOptions
//   INTERNAL          anything else
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/digest.h"
#include "core/base/time.h"
#include "core/envelope/leaf.h"

namespace affidavit::db {

// One entry that is to be stored. The payload bytes belong to the caller and outlive the call.
struct NewEntry {
  LeafFields fields;
  std::string leaf;
  Digest leaf_hash{};
  std::string_view payload;
  int64_t payload_id = 0;     // from ReservePayloadIds; kept over every retry of the entry: tells ours from others'
  std::string payload_error;  // not empty: store raw only, with this SQLSTATE (5 characters)
};

// The identity by which an entry is known already (docs/life-of-an-envelope.md, "Identity"): of an envelope candidate
// (source, event_id) and its digest; of what is excluded or quarantined (source, digest); of a record (kind, source,
// event_id).
struct LookupKey {
  EntryKind kind;  // kEnvelope, kExcluded, kQuarantined or a record's
  std::string_view source;
  std::string_view event_id;
  Digest payload_sha256;
};

// An entry that shares an identity with a key: kind kEnvelope or kConflict (the latter only with the key's digest) for
// kEnvelope keys, kExcluded or kQuarantined for body keys, the record's kind for records.
struct FoundEntry {
  EntryKind kind;
  std::string source;
  std::string event_id;
  Digest payload_sha256;
  int64_t leaf_index;
  int64_t payload_id;

  bool operator==(const FoundEntry&) const = default;
};

struct OpenBatch {
  std::vector<FoundEntry> found;  // in no order, each once
  TimePoint database_time;        // clock_timestamp()
};

struct LockedBatch {
  std::vector<FoundEntry> found;
  int64_t tree_size;  // the next leaf_index
};

struct BeginOptions {
  // Take the log's lock before the first look-up, so that the two look-ups cannot disagree.
  bool lock_first = false;
  // A commit of this batch may already lie in the WAL, unflushed or not yet at the standby: make this transaction's
  // commit wait for everything before it, even if it has nothing to write.
  bool recommit = false;
};

class AppendStore {
 public:
  virtual ~AppendStore() = default;

  // A block of ids that nobody else gets: first, and how many. REQUIRES: idle.
  struct IdBlock {
    int64_t first;
    int64_t count;
  };
  virtual absl::StatusOr<IdBlock> ReservePayloadIds() = 0;

  virtual absl::StatusOr<OpenBatch> Begin(std::span<const LookupKey> keys, BeginOptions options) = 0;

  // `entries` are those whose payloads are new by the first look-up. They must stay as they are until Commit: what
  // Commit inserts is encoded here already, before the lock is there.
  virtual absl::StatusOr<LockedBatch> Integrate(std::span<const NewEntry* const> entries,
                                                std::span<const LookupKey> keys) = 0;

  // Gives entries[i] leaf_index tree_size + i. Returns how long the log's lock was held, in microseconds, as far as
  // this side can see (from the answer that showed it taken to the answer that showed it released).
  virtual absl::StatusOr<int64_t> Commit(std::span<const NewEntry* const> entries) = 0;

  virtual void Rollback() = 0;
};

}  // namespace affidavit::db
