// The kinds of entry (docs/life-of-an-envelope.md). The names are part of the leaf format and of the column
// entries.kind.
#pragma once

#include <optional>
#include <string_view>

namespace affidavit {

enum class EntryKind {
  kEnvelope,
  kConflict,
  kExcluded,
  kQuarantined,
  kStatus,
  kGovernance,
  kReconciliation,
  kHeartbeat,
  kAccess,
};

// "envelope", "conflict", …
std::string_view EntryKindName(EntryKind kind);
std::optional<EntryKind> ParseEntryKind(std::string_view name);

// Made by Affidavit itself and appended through AppendRecords, as opposed to what admission makes of an envelope.
bool IsRecord(EntryKind kind);

}  // namespace affidavit
