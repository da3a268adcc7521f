// Entries for tests of AppendStore, and the whole transaction in one call.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "db/append_store.h"

namespace affidavit::testing {

// Owns what its NewEntry only points to. Neither copied nor moved.
struct OwnedEntry {
  OwnedEntry() = default;
  OwnedEntry(const OwnedEntry&) = delete;
  OwnedEntry& operator=(const OwnedEntry&) = delete;

  std::string payload;
  db::NewEntry entry;

  db::LookupKey Key() const;
};

struct EntrySpec {
  EntryKind kind = EntryKind::kEnvelope;
  std::string source = "genesys";
  std::string event_id;
  std::string payload = "{}";
  std::string message_id = {};
  std::string correlation_id = {};
  std::string channel = "SMS";
  TimePoint receive_time = {};  // epoch: now
  std::string payload_error = {};
  std::string event_type = {};
  std::string schema_version = {};
};

// Entries with consecutive payload ids from `first_payload_id`. Pointers into it stay valid.
class EntryBatch {
 public:
  explicit EntryBatch(int64_t first_payload_id) : next_payload_id_(first_payload_id) {}

  EntryBatch& Add(const EntrySpec& spec);

  std::vector<const db::NewEntry*> Entries() const;
  std::vector<db::LookupKey> Keys() const;
  const db::NewEntry& operator[](size_t i) const { return owned_[i].entry; }
  size_t size() const { return owned_.size(); }

 private:
  std::deque<OwnedEntry> owned_;
  int64_t next_payload_id_;
};

// Begin, Integrate, Commit, without a look at what was found. Returns the first leaf_index.
absl::StatusOr<int64_t> Append(db::AppendStore& store, const EntryBatch& batch, db::BeginOptions options = {});

}  // namespace affidavit::testing
