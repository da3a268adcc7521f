// What the governance entries of a log say in all, and what that means for one entry: how long its object is locked,
// and whether it is held. Pure; const functions are thread-safe.
#pragma once

#include <cstdint>

#include "core/retention/act.h"
#include "core/retention/hold.h"
#include "core/retention/policy.h"

namespace affidavit {

struct Governance {
  RetentionPolicies policies;
  LegalHolds holds;
  int64_t next_leaf_index = 0;  // every act below it is folded

  bool operator==(const Governance&) const = default;
};

// Acts may come in any order, and more than once.
void FoldAct(const GovernanceAct& act, Governance& governance);

struct EntryProtection {
  TimePoint retain_until;  // the leaf's, or what a policy makes longer
  bool legal_hold = false;

  bool operator==(const EntryProtection&) const = default;
};

// Looks at kind, source, channel, event_type, message_id, correlation_id, receive_time and retain_until only.
EntryProtection ProtectionOf(const LeafFields& fields, const Governance& governance);

}  // namespace affidavit
