// Admission: what an authentic body becomes. Reads metadata in one pass, changes nothing, never fails: whatever comes
// in is kept as an envelope, excluded or quarantined. docs/life-of-an-envelope.md, "Admission". Pure, thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.h"
#include "core/envelope/entry_kind.h"
#include "core/envelope/profile.h"

namespace affidavit {

struct Admission {
  EntryKind kind = EntryKind::kQuarantined;  // kEnvelope, kExcluded or kQuarantined

  // Why it is excluded (direction | channel | type) or quarantined (not_json | too_deep | id_missing | id_unsound |
  // duplicate_key); empty for an envelope. In the leaf as flag "excluded_…" or "quarantined_…".
  std::string reason;

  std::string event_id;  // empty iff quarantined without a sound id
  std::string event_type, schema_version, channel, direction, message_id, correlation_id;
  std::optional<TimePoint> event_time, delivery_time;

  // Sorted, unique: unclassified, <member>_unreadable, excluded_<reason>, quarantined_<reason>.
  std::vector<std::string> flags;

  // The SQLSTATE with which jsonb is known to refuse these bytes (22P02 not JSON or an unpaired surrogate, 22P05
  // \u0000, 54001 depth); empty when it may hold them (Postgres has the last word on number ranges).
  std::string jsonb_error;
};

Admission Admit(const Profile& profile, std::string_view body);

}  // namespace affidavit
