#include "tests/support/new_entries.h"

#include <stdexcept>

#include "core/base/status_macros.h"

namespace affidavit::testing {

db::LookupKey OwnedEntry::Key() const {
  const bool conflict = entry.fields.kind == EntryKind::kConflict;
  return {conflict ? EntryKind::kEnvelope : entry.fields.kind, entry.fields.source, entry.fields.event_id,
          entry.fields.payload_sha256};
}

EntryBatch& EntryBatch::Add(const EntrySpec& spec) {
  OwnedEntry& owned = owned_.emplace_back();
  owned.payload = spec.payload;
  db::NewEntry& entry = owned.entry;
  entry.payload = owned.payload;
  entry.payload_id = next_payload_id_++;
  entry.payload_error = spec.payload_error;
  LeafFields& fields = entry.fields;
  fields.kind = spec.kind;
  fields.source = spec.source;
  fields.event_id = spec.event_id;
  fields.channel = spec.channel;
  fields.event_type = spec.event_type;
  fields.schema_version = spec.schema_version;
  fields.message_id = spec.message_id;
  fields.correlation_id = spec.correlation_id;
  fields.receive_time = spec.receive_time == TimePoint{} ? SystemClock().WallNow() : spec.receive_time;
  fields.retain_until = fields.receive_time + std::chrono::years(7);
  fields.retention_class = "default";
  fields.provenance = "webhook";
  fields.payload_size = static_cast<int64_t>(spec.payload.size());
  fields.payload_sha256 = Sha256(spec.payload);
  const absl::StatusOr<std::string> leaf = EncodeLeaf(fields);
  if (!leaf.ok()) {
    throw std::runtime_error(std::string(leaf.status().message()));
  }
  entry.leaf = *leaf;
  entry.leaf_hash = LeafHash(*leaf);
  return *this;
}

std::vector<const db::NewEntry*> EntryBatch::Entries() const {
  std::vector<const db::NewEntry*> entries;
  for (const OwnedEntry& owned : owned_) {
    entries.push_back(&owned.entry);
  }
  return entries;
}

std::vector<db::LookupKey> EntryBatch::Keys() const {
  std::vector<db::LookupKey> keys;
  for (const OwnedEntry& owned : owned_) {
    keys.push_back(owned.Key());
  }
  return keys;
}

absl::StatusOr<int64_t> Append(db::AppendStore& store, const EntryBatch& batch, db::BeginOptions options) {
  const std::vector<const db::NewEntry*> entries = batch.Entries();
  const std::vector<db::LookupKey> keys = batch.Keys();
  RETURN_IF_ERROR(store.Begin(keys, options).status());
  ASSIGN_OR_RETURN(const db::LockedBatch locked, store.Integrate(entries, keys));
  RETURN_IF_ERROR(store.Commit(entries).status());
  return locked.tree_size;
}

}  // namespace affidavit::testing
