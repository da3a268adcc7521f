// Entries of a log as the fold reads them, for its tests.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/envelope/leaf.h"
#include "db/mirror_store.h"

namespace affidavit::projector {

struct FoldSpec {
  std::string payload = "{}";
  EntryKind kind = EntryKind::kEnvelope;
  std::string event_type = "message:send";
  std::string schema_version = "1";
  std::string source = "genesys";
  std::string message_id = "m-1";
  int64_t second = 0;  // of its receive_time
  bool is_disposed = false;
  std::string payload_error = {};
};

inline TimePoint FoldSecond(int64_t second) {
  return TimePoint{std::chrono::seconds(1'795'492'000 + second)};
}

// A log of one's own: each Add is the next entry.
class FoldLog {
 public:
  FoldLog& Add(const FoldSpec& spec) {
    LeafFields fields;
    fields.kind = spec.kind;
    fields.source = spec.source;
    fields.event_id = "e-" + std::to_string(Size());
    fields.event_type = spec.event_type;
    fields.schema_version = spec.schema_version;
    fields.message_id = spec.message_id;
    fields.channel = "SMS";
    fields.receive_time = FoldSecond(spec.second);
    fields.retain_until = FoldSecond(1);
    fields.retention_class = "default";
    fields.provenance = "webhook";
    db::StoredEntry entry{.leaf_index = Size(),
                          .integrate_time = FoldSecond(spec.second + 1),
                          .leaf = *EncodeLeaf(fields),
                          .payload_error = spec.payload_error};
    if (!spec.is_disposed) {
      entry.payload = spec.payload;
    }
    entries_.push_back({Size(), std::move(entry)});
    return *this;
  }

  FoldLog& AddDamaged() {
    entries_.push_back({Size(), absl::DataLossError("damaged")});
    return *this;
  }

  int64_t Size() const { return static_cast<int64_t>(entries_.size()); }
  std::vector<db::MirrorEntry>& entries() { return entries_; }
  std::vector<db::MirrorEntry> From(int64_t begin) const { return {entries_.begin() + begin, entries_.end()}; }

 private:
  std::vector<db::MirrorEntry> entries_;
};

}  // namespace affidavit::projector
