// Admission: what an authentic body becomes. Reads metadata in one pass, changes nothing, never fails: whatever comes
// in is kept as an envelope, excluded or quarantined. docs/leaf-v1.md is the contract. Pure, thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.h"
#include "core/envelope/entry_kind.h"
#include "core/envelope/json_paths.h"
#include "core/envelope/profile.h"

namespace affidavit {

inline constexpr size_t kEventIdSizeMax = 512;
inline constexpr size_t kMetadataSizeMax = 256;

struct Admission {
  EntryKind kind = EntryKind::kQuarantined;  // kEnvelope, kExcluded or kQuarantined

  // Why it is excluded (direction | channel | type) or quarantined (not_json | too_deep | duplicate_key | id_missing |
  // id_unsound); empty for an envelope. In the leaf as flag "excluded_…" or "quarantined_…".
  std::string reason;

  // Read from the body; all empty when quarantined, and event_id and channel never empty otherwise.
  std::string event_id;
  std::string event_type, schema_version, channel, direction, message_id, correlation_id;
  std::optional<TimePoint> event_time, delivery_time;

  // Sorted, unique: unclassified, <member>_unreadable, excluded_<reason>, quarantined_<reason>.
  std::vector<std::string> flags;

  // The SQLSTATE with which jsonb refuses these bytes: 22021 not UTF-8 or a NUL byte, 22P02 not JSON or an unpaired
  // surrogate, 22P05 \u0000, 54001 nested deeper than we let it try. Empty when it may hold them (Postgres has the last
  // word on numbers).
  std::string jsonb_error;
};

// One profile, compiled. Make one a source and keep it.
class Admitter {
 public:
  explicit Admitter(Profile profile);

  const Profile& profile() const { return profile_; }
  Admission Admit(std::string_view body) const;

 private:
  friend class AdmissionDecision;

  Profile profile_;
  JsonPaths paths_;
  // Slots in paths_.
  std::vector<size_t> id_, id_optional_, type_;
  size_t version_, time_, message_id_, direction_, channel_, delivery_time_, correlation_id_, exempting_;
};

// For a body now and then: compiles the profile each time.
Admission Admit(const Profile& profile, std::string_view body);

}  // namespace affidavit
