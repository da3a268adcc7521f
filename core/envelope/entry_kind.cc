#include "core/envelope/entry_kind.h"

#include <array>
#include <cstddef>

namespace affidavit {
namespace {

constexpr std::array<std::string_view, 9> kNames = {
    "envelope", "conflict", "excluded", "quarantined", "status", "governance", "reconciliation", "heartbeat", "access"};

}  // namespace

std::string_view EntryKindName(EntryKind kind) {
  return kNames[static_cast<size_t>(kind)];
}

std::optional<EntryKind> ParseEntryKind(std::string_view name) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) {
      return static_cast<EntryKind>(i);
    }
  }
  return std::nullopt;
}

bool IsRecord(EntryKind kind) {
  switch (kind) {
    case EntryKind::kEnvelope:
    case EntryKind::kConflict:
    case EntryKind::kExcluded:
    case EntryKind::kQuarantined:
      return false;
    case EntryKind::kStatus:
    case EntryKind::kGovernance:
    case EntryKind::kReconciliation:
    case EntryKind::kHeartbeat:
    case EntryKind::kAccess:
      return true;
  }
  return false;
}

}  // namespace affidavit
