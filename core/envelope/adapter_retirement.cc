#include "core/envelope/adapter_retirement.h"

#include <algorithm>
#include <utility>

#include "boost/json/object.hpp"
#include "boost/json/parse.hpp"
#include "core/base/canonical_json.h"
#include "core/base/text.h"

namespace affidavit {
namespace {

constexpr int kRetirementVersion = 1;
constexpr size_t kAdapterIdSizeMax = 128;
constexpr size_t kRetirementActorSizeMax = 256;

bool IsAdapterId(std::string_view id) {
  return !id.empty() && id.size() <= kAdapterIdSizeMax && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  });
}

std::string RetirementPayload(const RetireAdapter& act) {
  return CanonicalJson(boost::json::object{{"v", kRetirementVersion},
                                           {"act", std::string(kAdapterRetireType)},
                                           {"adapter_id", act.adapter_id},
                                           {"actor", act.actor}});
}

// Empty unless it is a string: RetirementPayload has the last word.
std::string RetirementText(const boost::json::object& in, const char* name) {
  const boost::json::value* value = in.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string().data(), value->get_string().size())
                                                : std::string();
}

}  // namespace

std::vector<ActFault> FindRetirementFaults(const RetireAdapter& act) {
  std::vector<ActFault> faults;
  if (!IsAdapterId(act.adapter_id)) {
    faults.push_back({"adapter_id", "must be 1 to 128 of A-Z a-z 0-9 . _ -"});
  }
  if (!IsSoundText(act.actor, kRetirementActorSizeMax)) {
    faults.push_back({"actor", "must be 1 to 256 bytes of UTF-8 without control characters"});
  }
  return faults;
}

GovernanceRecord EncodeRetirement(const RetireAdapter& act, TimePoint time) {
  return {.idempotency_key = Concat({kAdapterRetireType, ":", act.adapter_id, ":", FormatRfc3339(time)}),
          .event_type = std::string(kAdapterRetireType),
          .payload = RetirementPayload(act)};
}

absl::StatusOr<RetireAdapter> DecodeRetirement(std::string_view payload) {
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(boost::json::string_view(payload.data(), payload.size()), error);
  if (error || !value.is_object()) {
    return absl::InvalidArgumentError("not the retirement of an adapter");
  }
  RetireAdapter act{.adapter_id = RetirementText(value.get_object(), "adapter_id"),
                    .actor = RetirementText(value.get_object(), "actor")};
  if (!FindRetirementFaults(act).empty() || RetirementPayload(act) != payload) {
    return absl::InvalidArgumentError("not the canonical form of an adapter's retirement");
  }
  return act;
}

}  // namespace affidavit
