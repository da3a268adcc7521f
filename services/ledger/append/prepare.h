// Everything about an entry that needs no order and so is computed outside any lock: admission, digest, leaf,
// retention. Free of gRPC and of configuration. Pure, thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/time.h"
#include "core/envelope/admission.h"
#include "core/envelope/leaf.h"
#include "core/retention/policy.h"
#include "core/retention/retention.h"
#include "db/append_store.h"

namespace affidavit::ledger {

inline constexpr size_t kNameSizeMax = 128;       // adapter ids, key ids, request ids
inline constexpr size_t kSourceNameSizeMax = 64;  // as the configuration allows
inline constexpr size_t kSignatureHeaderCountMax = 32;
inline constexpr size_t kSignatureHeaderSizeMax = 16 << 10;

// One broken rule. Descriptions name rules and sizes, never values: they travel and are logged.
struct FieldViolation {
  std::string field;
  std::string description;
};

// An authentic envelope as an adapter sends it. Views: they belong to the request.
struct IncomingEnvelope {
  std::string_view source;
  std::string_view payload;
  std::optional<TimePoint> receive_time;  // absent: missing, or no valid time
  std::optional<SignatureEvidence> signature;
  std::string_view provenance;  // "webhook" or "spool"
  std::string_view adapter_id;
  std::string_view request_id;  // for logs only; what is no name is not logged
  bool readmitted = false;      // instead of a provenance: from a stored entry, whose receive_time it keeps
};

// A record that Affidavit itself makes.
struct IncomingRecord {
  EntryKind kind;
  std::string_view source, idempotency_key, payload, event_type, channel, message_id, correlation_id;
  bool has_event_time = false;
  std::optional<TimePoint> event_time;  // absent though has_event_time: no valid time
};

// One entry on its way to the sequencer. Its payload view is kept alive by `owner`: the request itself, never a copy.
struct PreparedEntry {
  db::NewEntry entry;  // payload_id is given by the lane that stores it
  std::shared_ptr<const void> owner;
  std::string reason;           // of admission: why excluded or quarantined
  std::string_view request_id;  // the adapter's, for logs; kept alive by `owner`; may be empty

  // Before this receive_time (and 60 s) the age of the envelope is unexplained; absent: nothing is spooled.
  std::optional<TimePoint> oldest_spooled_receive_time;
  // False for what is stored long after its receipt on purpose: readmitted entries and records.
  bool clock_checked = true;
};

struct RetentionRules {
  int years = kRetentionYearsDefault;
  int excluded_days = kExcludedRetentionDaysDefault;
  const RetentionPolicies* policies = nullptr;  // outlive the preparation; none: the default for all
};

// The entry, or everything that is wrong with it.
using Prepared = std::variant<PreparedEntry, std::vector<FieldViolation>>;

// Reads the envelope as its source is admitted.
Prepared PrepareEnvelope(const IncomingEnvelope& envelope, const Admitter& admitter, const RetentionRules& retention,
                         std::shared_ptr<const void> owner);

// `receive_time` is when the ledger took it. A governance record whose type is that of an act must be one.
Prepared PrepareRecord(const IncomingRecord& record, TimePoint receive_time, const RetentionRules& retention,
                       std::shared_ptr<const void> owner);

// True iff `name` is 1 to `size_max` of A-Z a-z 0-9 . _ -
bool IsName(std::string_view name, size_t size_max);

}  // namespace affidavit::ledger
