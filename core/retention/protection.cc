#include "core/retention/protection.h"

#include <algorithm>

#include "core/retention/retention.h"

namespace affidavit {

void FoldAct(const GovernanceAct& act, Governance& governance) {
  if (const auto* retention = std::get_if<SetRetention>(&act)) {
    governance.policies.Add(retention->policy);
  } else if (const auto* hold = std::get_if<LegalHold>(&act)) {
    governance.holds.Create(*hold);
  } else {
    governance.holds.Release(std::get<ReleaseHold>(act).hold_id);
  }
}

EntryProtection ProtectionOf(const LeafFields& fields, const Governance& governance) {
  EntryProtection protection{.retain_until = fields.retain_until, .legal_hold = governance.holds.IsHeld(fields)};
  if (const RetentionPolicy* policy = governance.policies.LongestFor(fields)) {
    protection.retain_until = std::max(protection.retain_until, AddYears(fields.receive_time, policy->years));
  }
  return protection;
}

}  // namespace affidavit
