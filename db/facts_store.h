// The projections of what the log says (migrations/0011_facts), as their one writer sees them. Functions run inside a
// caller's transaction and may throw libpqxx's exceptions, which Transact turns into a Status. What is in the tables
// does not depend on how the log was cut into steps. Texts may be anything: what Postgres cannot hold (NUL, no UTF-8)
// stands as U+FFFD.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/digest.h"
#include "core/base/time.h"
#include "core/evidence/message_status.h"

namespace affidavit::db {

class Transaction;

// One row of message_facts.
struct MessageFactRow {
  std::string source, message_id;  // message_id empty: it names none
  std::string kind, event_type, channel, carrier;
  MessageFact fact;  // leaf_index, what the entry says, its times
  TimePoint integrate_time;
  std::string event_id;  // not kept, but that of a message's first send is
  std::string consent;   // given | refused | absent; empty: not asked
  std::string verdict;   // valid | drifted | unregistered; empty: none
  std::string schema_id, drift_pointer, drift_reason, shape_id, payload_error;  // empty: none
  std::optional<Digest> subject_hash;
};

// What every entry, of whatever kind, adds to its block.
struct BlockedEntry {
  int64_t leaf_index = 0;
  std::string source, kind, event_type, channel;
  TimePoint receive_time;
};

struct SchemaRow {
  int64_t leaf_index = 0;
  std::string schema_id, source, event_type, schema_version, actor, schema;
  TimePoint register_time;
};

// How many entries a step has shown of a version or shape: at most one sighting of each. Times are receive times, the
// least and the greatest of the step; first_leaf_index is the least.
struct VersionSighting {
  std::string source, event_type, schema_version;
  int64_t first_leaf_index = 0;
  TimePoint first_receive_time, last_receive_time;
  int64_t entry_count = 0, valid_count = 0, drifted_count = 0, unregistered_count = 0, unshaped_count = 0;
  int new_shape_count = 0;
};
struct ShapeSighting {
  std::string source, event_type, schema_version, shape_id;
  std::vector<std::string> fields;  // only needed of a new one: a known one keeps what it has
  int64_t first_leaf_index = 0;
  TimePoint first_receive_time, last_receive_time;
  int64_t entry_count = 0;
};

struct AdapterRetirement {
  std::string adapter_id, actor;
  int64_t leaf_index = 0;
  TimePoint retire_time;
};

// One step of the projector: entries [begin, end) folded.
struct FactsStep {
  int64_t begin = 0, end = 0;
  std::vector<MessageFactRow> facts;
  std::vector<BlockedEntry> entries;
  std::vector<SchemaRow> schemas;
  std::vector<VersionSighting> versions;
  std::vector<ShapeSighting> shapes;
  std::vector<AdapterRetirement> retirements;
};

// What a message's row is made of: its first so many facts by leaf_index. Those beyond are only counted (entry_count):
// whoever sends one id for ever costs no more than this at each step.
inline constexpr int kFactsOfMessageMax = 1'000;

// Takes the cursor's row lock until the transaction ends, and returns where the next step begins.
int64_t LockFactsCursor(Transaction& transaction);
// Writes all of it, tells the story of every message that the step touches anew, and moves the cursor to step.end.
// One round trip a table, whatever the size of the step. REQUIRES: LockFactsCursor returned step.begin in this
// transaction. Throws, and has then written nothing, when the cursor is elsewhere or a fact or entry is outside the
// step. Until the transaction ends its statements use indexes wherever they can.
void WriteFacts(Transaction& transaction, const FactsStep& step);
// Empties every projection; the cursor is at 0. Waits for whoever folds, and for whoever reads the tables.
void ResetFacts(Transaction& transaction);

// What the projector remembers between steps, as of the cursor: the last schema for each source, type and version, by
// leaf_index; and every version and shape.
std::vector<SchemaRow> ReadSchemas(Transaction& transaction);
struct KnownShape {
  std::string source, event_type, schema_version, shape_id;  // shape_id empty: a version without shapes
};
std::vector<KnownShape> ReadKnownShapes(Transaction& transaction);

// How far the projections are: for metrics, GetStatus and reindex.
struct FactsProgress {
  int64_t tree_size = 0;
  int64_t next_leaf_index = 0;
  std::optional<TimePoint> waiting_since;  // integrate_time of the entry at next_leaf_index; nothing: all is folded
  TimePoint database_time;

  int64_t LagEntries() const { return tree_size - next_leaf_index; }
};
FactsProgress ReadFactsProgress(Transaction& transaction);

}  // namespace affidavit::db
