// The schema registry as it is read: what traffic has shown of each version beside the schema that was registered for
// it last (migrations/0011_facts), and which registration is the newest by the log itself. Functions run inside a
// caller's transaction and may throw libpqxx's exceptions, which Transact turns into a Status.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/time.h"
#include "db/entry_reader.h"

namespace affidavit::db {

class Transaction;

struct SchemaName {
  std::string source, event_type, schema_version;  // type and version may be empty

  bool operator==(const SchemaName&) const = default;
};

struct RegisteredSchema {
  std::string schema_id, actor;
  std::string schema;  // only with WithShapes::kYes
  int64_t leaf_index = 0;
  TimePoint register_time;
};

// What traffic has shown; times are receive times.
struct SchemaTraffic {
  TimePoint first_receive_time, last_receive_time;
  int64_t first_leaf_index = 0;
  int64_t entry_count = 0, valid_count = 0, drifted_count = 0, unregistered_count = 0, unshaped_count = 0;
  int shape_count = 0;
};

struct StoredShape {
  std::string shape_id;
  std::vector<std::string> fields;
  int64_t first_leaf_index = 0;
  TimePoint first_receive_time, last_receive_time;
  int64_t entry_count = 0;
};

// At least one of `registered` and `traffic`.
struct StoredSchemaVersion {
  SchemaName name;
  std::optional<RegisteredSchema> registered;  // the last one for these three
  std::optional<SchemaTraffic> traffic;
  std::vector<StoredShape> shapes;  // by shape_id; only with WithShapes::kYes
};

// Where a page begins: behind a version, or, with a shape_id, behind that shape of this version.
struct SchemaPosition {
  SchemaName name;
  std::string shape_id;

  bool operator==(const SchemaPosition&) const = default;
};

struct SchemaPage {
  std::vector<StoredSchemaVersion> versions;
  std::optional<SchemaPosition> next;  // nothing: that was the last page
};

struct SchemaFilter {
  std::string source, event_type;  // empty: any
};

// By source, type and version (as bytes) behind `after`, at most `limit` versions. With shapes a page ends at about
// `bytes_max` (at least one version or shape is on it): a version whose shapes do not fit is on the next page again,
// with the rest of them.
enum class WithShapes { kNo, kYes };
SchemaPage ListSchemas(Transaction& transaction, const SchemaFilter& filter, const std::optional<SchemaPosition>& after,
                       int limit, WithShapes shapes, int64_t bytes_max);

// The entry of kind governance and source "affidavit" with the greatest event_id that begins with `prefix`, with its
// payload: by the log itself, not by what is projected. DATA_LOSS as ReadEntry. REQUIRES: `prefix` is sound ASCII.
absl::StatusOr<std::optional<StoredEntry>> FindNewestAct(Transaction& transaction, const std::string& prefix);

}  // namespace affidavit::db
