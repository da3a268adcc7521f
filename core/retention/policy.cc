#include "core/retention/policy.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace affidavit {
namespace {

auto PolicyOrder(const RetentionPolicy& policy) {
  return std::make_tuple(-policy.years, std::cref(policy.regime), std::cref(policy.source), std::cref(policy.channel),
                         std::cref(policy.event_type));
}

bool IsAnyOr(const std::string& wanted, const std::string& value) {
  return wanted.empty() || wanted == value;
}

}  // namespace

bool IsSamePolicy(const RetentionPolicy& a, const RetentionPolicy& b) {
  return a.source == b.source && a.channel == b.channel && a.event_type == b.event_type && a.regime == b.regime;
}

bool Binds(const RetentionPolicy& policy, const LeafFields& fields) {
  if (fields.kind == EntryKind::kExcluded) {
    return false;
  }
  return fields.kind == EntryKind::kGovernance ||
         (IsAnyOr(policy.source, fields.source) && IsAnyOr(policy.channel, fields.channel) &&
          IsAnyOr(policy.event_type, fields.event_type));
}

const std::vector<RegimePreset>& RegimePresets() {
  static const auto& presets =
      *new std::vector<RegimePreset>{{"cftc-1.31", 5}, {"finra-4511", 6}, {"hipaa-164.316", 6}, {"sec-17a-4-b4", 3}};
  return presets;
}

const RegimePreset* FindRegimePreset(std::string_view regime) {
  for (const RegimePreset& preset : RegimePresets()) {
    if (preset.regime == regime) {
      return &preset;
    }
  }
  return nullptr;
}

void RetentionPolicies::Add(RetentionPolicy policy) {
  const auto same = std::find_if(policies_.begin(), policies_.end(),
                                 [&](const RetentionPolicy& known) { return IsSamePolicy(known, policy); });
  if (same != policies_.end()) {
    if (same->years >= policy.years) {
      return;
    }
    policies_.erase(same);
  }
  const auto place = std::lower_bound(
      policies_.begin(), policies_.end(), policy,
      [](const RetentionPolicy& a, const RetentionPolicy& b) { return PolicyOrder(a) < PolicyOrder(b); });
  policies_.insert(place, std::move(policy));
}

const RetentionPolicy* RetentionPolicies::Find(const RetentionPolicy& policy) const {
  for (const RetentionPolicy& known : policies_) {
    if (IsSamePolicy(known, policy)) {
      return &known;
    }
  }
  return nullptr;
}

const RetentionPolicy* RetentionPolicies::LongestFor(const LeafFields& fields) const {
  for (const RetentionPolicy& policy : policies_) {
    if (Binds(policy, fields)) {
      return &policy;
    }
  }
  return nullptr;
}

}  // namespace affidavit
