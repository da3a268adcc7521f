#include "core/retention/act.h"

#include <algorithm>
#include <utility>

#include "boost/json/object.hpp"
#include "boost/json/parse.hpp"
#include "core/base/canonical_json.h"
#include "core/base/digest.h"
#include "core/base/encoding.h"
#include "core/base/status_macros.h"
#include "core/base/text.h"

namespace affidavit {
namespace {

namespace json = boost::json;

constexpr int kActVersion = 1;
constexpr size_t kActTextSizeMax = 256;
constexpr size_t kActNameSizeMax = 64;
constexpr std::string_view kSetType = "retention:set";
constexpr std::string_view kCreateType = "hold:create";
constexpr std::string_view kReleaseType = "hold:release";

// --- To JSON ---

void PutText(std::string_view name, const std::string& text, json::object& out) {
  if (!text.empty()) {
    out[json::string_view(name.data(), name.size())] = text;
  }
}

void PutTime(std::string_view name, const std::optional<TimePoint>& time, json::object& out) {
  if (time) {
    PutText(name, FormatRfc3339(*time), out);
  }
}

json::object ActObject(std::string_view type, const std::string& actor) {
  json::object out{{"v", kActVersion}};
  PutText("act", std::string(type), out);
  PutText("actor", actor, out);
  return out;
}

GovernanceRecord EncodeSet(const SetRetention& act) {
  json::object policy{{"years", act.policy.years}};
  PutText("source", act.policy.source, policy);
  PutText("channel", act.policy.channel, policy);
  PutText("event_type", act.policy.event_type, policy);
  PutText("regime", act.policy.regime, policy);
  // By what it says: who says the same again adds nothing, and gets the first entry.
  const std::string key = HexEncode(AsBytes(Sha256(CanonicalJson(policy))));
  json::object out = ActObject(kSetType, act.actor);
  out["policy"] = std::move(policy);
  return {Concat({kSetType, ":", key}), std::string(kSetType), CanonicalJson(out)};
}

GovernanceRecord EncodeCreate(const LegalHold& hold) {
  json::object predicate;
  PutText("source", hold.predicate.source, predicate);
  PutText("message_id", hold.predicate.message_id, predicate);
  PutText("correlation_id", hold.predicate.correlation_id, predicate);
  PutTime("start_time", hold.predicate.start_time, predicate);
  PutTime("end_time", hold.predicate.end_time, predicate);
  json::object out = ActObject(kCreateType, hold.actor);
  PutText("hold_id", hold.hold_id, out);
  PutText("case_reference", hold.case_reference, out);
  out["predicate"] = std::move(predicate);
  return {Concat({kCreateType, ":", hold.hold_id}), std::string(kCreateType), CanonicalJson(out)};
}

GovernanceRecord EncodeRelease(const ReleaseHold& act) {
  json::object out = ActObject(kReleaseType, act.actor);
  PutText("hold_id", act.hold_id, out);
  PutText("reason", act.reason, out);
  return {Concat({kReleaseType, ":", act.hold_id}), std::string(kReleaseType), CanonicalJson(out)};
}

// --- From JSON: lenient, for EncodeAct has the last word ---

std::string TakeText(const json::object& in, std::string_view name) {
  const json::value* value = in.if_contains(json::string_view(name.data(), name.size()));
  return value != nullptr && value->is_string() ? std::string(value->get_string().c_str(), value->get_string().size())
                                                : std::string();
}

std::optional<TimePoint> TakeTime(const json::object& in, std::string_view name) {
  return ParseRfc3339(TakeText(in, name));
}

json::object TakeObject(const json::object& in, std::string_view name) {
  const json::value* value = in.if_contains(json::string_view(name.data(), name.size()));
  return value != nullptr && value->is_object() ? value->get_object() : json::object();
}

SetRetention TakeSet(const json::object& in) {
  const json::object policy = TakeObject(in, "policy");
  const json::value* years = policy.if_contains("years");
  const int64_t number = years != nullptr && years->is_int64() ? years->get_int64() : 0;
  return {.policy = {.source = TakeText(policy, "source"),
                     .channel = TakeText(policy, "channel"),
                     .event_type = TakeText(policy, "event_type"),
                     .regime = TakeText(policy, "regime"),
                     .years = number >= 1 && number <= kPolicyYearsMax ? static_cast<int>(number) : 0},
          .actor = TakeText(in, "actor")};
}

LegalHold TakeCreate(const json::object& in) {
  const json::object predicate = TakeObject(in, "predicate");
  return {.hold_id = TakeText(in, "hold_id"),
          .case_reference = TakeText(in, "case_reference"),
          .actor = TakeText(in, "actor"),
          .predicate = {.source = TakeText(predicate, "source"),
                        .message_id = TakeText(predicate, "message_id"),
                        .correlation_id = TakeText(predicate, "correlation_id"),
                        .start_time = TakeTime(predicate, "start_time"),
                        .end_time = TakeTime(predicate, "end_time")}};
}

GovernanceAct TakeAct(std::string_view event_type, const json::object& in) {
  if (event_type == kSetType) {
    return TakeSet(in);
  }
  if (event_type == kCreateType) {
    return TakeCreate(in);
  }
  return ReleaseHold{
      .hold_id = TakeText(in, "hold_id"), .actor = TakeText(in, "actor"), .reason = TakeText(in, "reason")};
}

// --- Rules ---

enum class Letters { kLower, kBoth };

bool IsActName(std::string_view name, Letters letters) {
  return !name.empty() && name.size() <= kActNameSizeMax && std::all_of(name.begin(), name.end(), [letters](char c) {
    return (c >= 'a' && c <= 'z') || (letters == Letters::kBoth && c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '.' || c == '_' || c == '-';
  });
}

class ActFaults {
 public:
  void Required(std::string_view field, std::string_view text) {
    Check(IsSoundText(text, kActTextSizeMax), field, "must be 1 to 256 bytes of UTF-8 without control characters");
  }
  void Optional(std::string_view field, std::string_view text) {
    if (!text.empty()) {
      Required(field, text);
    }
  }
  void Check(bool holds, std::string_view field, std::string_view description) {
    if (!holds) {
      faults_.push_back({std::string(field), std::string(description)});
    }
  }
  std::vector<ActFault> Take() { return std::move(faults_); }

 private:
  std::vector<ActFault> faults_;
};

void CheckSet(const SetRetention& act, ActFaults& faults) {
  const RetentionPolicy& policy = act.policy;
  faults.Optional("source", policy.source);
  faults.Optional("channel", policy.channel);
  faults.Optional("event_type", policy.event_type);
  faults.Check(IsActName(policy.regime, Letters::kLower) && policy.regime != "default" && policy.regime != "excluded",
               "regime", "must be 1 to 64 of a-z 0-9 . _ -, and neither default nor excluded");
  faults.Check(policy.years >= 1 && policy.years <= kPolicyYearsMax, "years", "must be 1 to 100");
}

void CheckCreate(const LegalHold& hold, ActFaults& faults) {
  const HoldPredicate& predicate = hold.predicate;
  faults.Check(IsActName(hold.hold_id, Letters::kBoth), "hold_id", "must be 1 to 64 of A-Z a-z 0-9 . _ -");
  faults.Required("case_reference", hold.case_reference);
  faults.Optional("predicate.source", predicate.source);
  faults.Optional("predicate.message_id", predicate.message_id);
  faults.Optional("predicate.correlation_id", predicate.correlation_id);
  const bool ranged = predicate.start_time || predicate.end_time;
  const int conditions =
      (predicate.message_id.empty() ? 0 : 1) + (predicate.correlation_id.empty() ? 0 : 1) + (ranged ? 1 : 0);
  faults.Check(conditions == 1, "predicate", "must be exactly one of message_id, correlation_id and a range of times");
  faults.Check(!predicate.start_time || IsRepresentable(*predicate.start_time), "predicate.start_time",
               "must lie in the years 0001 to 9999");
  faults.Check(!predicate.end_time || IsRepresentable(*predicate.end_time), "predicate.end_time",
               "must lie in the years 0001 to 9999");
  faults.Check(!predicate.start_time || !predicate.end_time || *predicate.start_time < *predicate.end_time,
               "predicate.end_time", "must be after start_time");
}

}  // namespace

GovernanceRecord EncodeAct(const GovernanceAct& act) {
  if (const auto* set = std::get_if<SetRetention>(&act)) {
    return EncodeSet(*set);
  }
  if (const auto* create = std::get_if<LegalHold>(&act)) {
    return EncodeCreate(*create);
  }
  return EncodeRelease(std::get<ReleaseHold>(act));
}

bool IsActType(std::string_view event_type) {
  return event_type == kSetType || event_type == kCreateType || event_type == kReleaseType;
}

absl::StatusOr<GovernanceAct> DecodeAct(std::string_view event_type, std::string_view payload) {
  boost::system::error_code error;
  const json::value value = json::parse(json::string_view(payload.data(), payload.size()), error);
  if (error || !value.is_object() || !IsActType(event_type)) {
    return absl::InvalidArgumentError("not an act");
  }
  GovernanceAct act = TakeAct(event_type, value.get_object());
  if (!FindActFaults(act).empty() || EncodeAct(act).payload != payload) {
    return absl::InvalidArgumentError("not the canonical form of an act");
  }
  return act;
}

std::vector<ActFault> FindActFaults(const GovernanceAct& act) {
  ActFaults faults;
  if (const auto* set = std::get_if<SetRetention>(&act)) {
    CheckSet(*set, faults);
    faults.Required("actor", set->actor);
  } else if (const auto* create = std::get_if<LegalHold>(&act)) {
    CheckCreate(*create, faults);
    faults.Required("actor", create->actor);
  } else {
    const auto& release = std::get<ReleaseHold>(act);
    faults.Check(IsActName(release.hold_id, Letters::kBoth), "hold_id", "must be 1 to 64 of A-Z a-z 0-9 . _ -");
    faults.Required("actor", release.actor);
    faults.Optional("reason", release.reason);
  }
  return faults.Take();
}

}  // namespace affidavit
