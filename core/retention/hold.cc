#include "core/retention/hold.h"

#include <algorithm>
#include <utility>

namespace affidavit {

bool Binds(const HoldPredicate& predicate, const LeafFields& fields) {
  if (!predicate.source.empty() && predicate.source != fields.source) {
    return false;
  }
  if (!predicate.message_id.empty()) {
    return predicate.message_id == fields.message_id;
  }
  if (!predicate.correlation_id.empty()) {
    return predicate.correlation_id == fields.correlation_id;
  }
  return (predicate.start_time || predicate.end_time) &&
         (!predicate.start_time || *predicate.start_time <= fields.receive_time) &&
         (!predicate.end_time || fields.receive_time < *predicate.end_time);
}

void LegalHolds::Create(LegalHold hold) {
  if (released_.contains(hold.hold_id) || active_.contains(hold.hold_id)) {
    return;
  }
  if (!hold.predicate.message_id.empty()) {
    by_message_[hold.predicate.message_id].insert(hold.hold_id);
  } else if (!hold.predicate.correlation_id.empty()) {
    by_correlation_[hold.predicate.correlation_id].insert(hold.hold_id);
  } else {
    by_time_.insert(hold.hold_id);
  }
  std::string id = hold.hold_id;
  active_.emplace(std::move(id), std::move(hold));
}

void LegalHolds::Release(std::string_view hold_id) {
  released_.emplace(hold_id);
  const auto held = active_.find(hold_id);
  if (held == active_.end()) {
    return;
  }
  const auto forget = [&held](ById& holds, const std::string& id) {
    if (const auto found = holds.find(id); found != holds.end()) {
      found->second.erase(held->first);
      if (found->second.empty()) {
        holds.erase(found);
      }
    }
  };
  forget(by_message_, held->second.predicate.message_id);
  forget(by_correlation_, held->second.predicate.correlation_id);
  by_time_.erase(held->first);
  active_.erase(held);
}

const LegalHold* LegalHolds::Find(std::string_view hold_id) const {
  const auto held = active_.find(hold_id);
  return held == active_.end() ? nullptr : &held->second;
}

bool LegalHolds::IsHeld(const LeafFields& fields) const {
  return IsHeldBy(by_message_, fields.message_id, fields) || IsHeldBy(by_correlation_, fields.correlation_id, fields) ||
         std::any_of(by_time_.begin(), by_time_.end(),
                     [&](const std::string& hold_id) { return Binds(active_.at(hold_id).predicate, fields); });
}

bool LegalHolds::IsHeldBy(const ById& holds, const std::string& id, const LeafFields& fields) const {
  const auto found = holds.find(id);
  return found != holds.end() &&
         std::any_of(found->second.begin(), found->second.end(),
                     [&](const std::string& hold_id) { return Binds(active_.at(hold_id).predicate, fields); });
}

}  // namespace affidavit
