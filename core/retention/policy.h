// Retention policies: what matches is kept for so many calendar years from its receipt. A fold over the log's
// governance entries (act.h) in which a policy is only ever lengthened, so that the order of the acts does not matter.
// Pure; const functions are thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/envelope/leaf.h"

namespace affidavit {

inline constexpr int kPolicyYearsMax = 100;  // of any policy; what an operator may set is capped by retention.max_years

struct RetentionPolicy {
  std::string source, channel, event_type;  // compared exactly; empty: any
  std::string regime;                       // the rule that it serves; 1 to 64 of a-z 0-9 . _ -
  int years = 0;                            // 1 to kPolicyYearsMax

  bool operator==(const RetentionPolicy&) const = default;
};

// True iff both have the same source, channel, event type and regime: the later one can only lengthen the other.
bool IsSamePolicy(const RetentionPolicy& a, const RetentionPolicy& b);

// Whether `policy` binds the entry with these fields. Excluded entries are bound by none: they are out of scope.
// Governance entries are bound by every one: they must outlive what they govern.
bool Binds(const RetentionPolicy& policy, const LeafFields& fields);

// A regime's name and the years that it asks for (docs/compliance.md); nullptr for a name that is not built in.
struct RegimePreset {
  std::string_view regime;
  int years;
};
const std::vector<RegimePreset>& RegimePresets();
const RegimePreset* FindRegimePreset(std::string_view regime);

class RetentionPolicies {
 public:
  // Keeps the longer of two that are the same policy.
  void Add(RetentionPolicy policy);

  // The one that is the same policy as `policy`; nullptr when there is none. Valid until the next Add.
  const RetentionPolicy* Find(const RetentionPolicy& policy) const;

  // The longest that binds the entry; of several the first by regime. nullptr: none. Valid until the next Add.
  const RetentionPolicy* LongestFor(const LeafFields& fields) const;

  const std::vector<RetentionPolicy>& all() const { return policies_; }
  bool operator==(const RetentionPolicies&) const = default;

 private:
  std::vector<RetentionPolicy> policies_;  // the longest first, then by regime, source, channel and event type
};

}  // namespace affidavit
