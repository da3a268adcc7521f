// The statements of the append transaction and the encoding of what they insert. docs/performance.md says why they look
// like this.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "db/append_store.h"
#include "db/binary_array.h"
#include "db/pipeline.h"

namespace affidavit::db {

// Settings that the look-ups' plans depend on: made once, on whatever the table was like then, they must stay right for
// ever.
inline constexpr char kAppendSettings[] =
    " -c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_bitmapscan=off"
    " -c enable_hashjoin=off -c enable_mergejoin=off";

// Must be the sequence's INCREMENT BY (migrations/0002_entries).
inline constexpr int64_t kPayloadIdsAtOnce = 65'536;

namespace statement {
inline constexpr char kLock[] = "lock";
inline constexpr char kTime[] = "time";
inline constexpr char kHead[] = "head";
inline constexpr char kPayloadIds[] = "payload_ids";
// A record of its own in the WAL: a transaction that wrote nothing would commit without waiting for anything.
inline constexpr char kRecommit[] = "recommit";
}  // namespace statement

// Queues the preparation of every statement, look-ups and tiles included.
void PrepareAppendStatements(Pipeline& pipeline);

// The rows of `payloads` and of `excluded_payloads`. The payload's bytes travel once; Postgres makes jsonb of them.
void SendPayloads(std::span<const NewEntry* const> entries, Pipeline& pipeline);

// The rows of `entries`, encoded while nobody waits for the log's lock.
class EntryRows {
 public:
  EntryRows() = default;
  explicit EntryRows(std::span<const NewEntry* const> entries);

  bool AreOf(std::span<const NewEntry* const> entries) const;
  void Send(int64_t first_leaf_index, Pipeline& pipeline);

 private:
  std::vector<const NewEntry*> entries_;
  std::vector<BinaryArray> columns_;
};

}  // namespace affidavit::db
