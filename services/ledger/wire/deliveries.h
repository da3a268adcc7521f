// Which entries tell what became of a message: all that bear its id, of whatever kind. Reads the log in several short
// transactions below one tree size. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "core/envelope/leaf.h"
#include "db/connection_pool.h"
#include "db/entry_reader.h"
#include "services/ledger/wire/status.h"

namespace affidavit::ledger {

// What is asked about.
struct DeliveryKey {
  enum class Id { kMessage, kCorrelation, kEvent };
  Id which;
  std::string id;      // sound text, not empty
  std::string source;  // empty: any
};

// A message of a source, or, without a message, one event id.
struct Delivery {
  std::string source;
  std::string message_id;
  std::string event_id;                  // only without a message_id
  std::vector<db::StoredEntry> entries;  // by leaf_index, not empty; without payloads
  int64_t payload_bytes = 0;             // of all its payloads, as the leaves say
};

struct DeliveryLimits {
  int entry_count_max = 1'000;
  int delivery_count_max = 100;
  // Of payloads. In base64, with leaves and proofs beside them, a bundle stays below kEvidenceMessageBytesMax.
  int64_t payload_bytes_max = 16 << 20;
};

// What `key` names, as of the log with `tree_size` entries, by source and id. Not empty: ENTRY_NOT_FOUND otherwise.
// AMBIGUOUS_ID, PROOF_TOO_LARGE, and what StoreError makes of the store's errors.
std::variant<std::vector<Delivery>, WireError> FindDeliveries(db::ConnectionPool& pool, const DeliveryKey& key,
                                                              int64_t tree_size, const DeliveryLimits& limits,
                                                              const std::function<bool()>& is_cancelled);

// The one that an entry of the log is of, found as above.
std::variant<std::vector<Delivery>, WireError> FindDeliveryOf(db::ConnectionPool& pool, const LeafFields& entry,
                                                              int64_t tree_size, const DeliveryLimits& limits,
                                                              const std::function<bool()>& is_cancelled);

}  // namespace affidavit::ledger
