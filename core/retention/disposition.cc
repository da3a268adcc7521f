#include "core/retention/disposition.h"

#include <algorithm>
#include <utility>

#include "boost/json/object.hpp"
#include "core/base/canonical_json.h"
#include "core/base/text.h"

namespace affidavit {
namespace {

constexpr int kDispositionVersion = 1;
constexpr size_t kPartitionNameSizeMax = 63;  // of a name in Postgres
constexpr size_t kDispositionTextSizeMax = 256;

bool IsPartitionName(std::string_view name) {
  return !name.empty() && name.size() <= kPartitionNameSizeMax && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

GovernanceRecord DispositionRecord(std::string_view type, std::string key, boost::json::object payload) {
  payload["v"] = kDispositionVersion;
  payload["act"] = std::string(type);
  return {.idempotency_key = std::move(key), .event_type = std::string(type), .payload = CanonicalJson(payload)};
}

}  // namespace

std::vector<ActFault> FindDispositionFaults(const DispositionIntent& intent) {
  std::vector<ActFault> faults;
  if (!IsPartitionName(intent.partition_name)) {
    faults.push_back({"partition_name", "must be 1 to 63 of a-z 0-9 _"});
  }
  if (!IsSoundText(intent.actor, kDispositionTextSizeMax)) {
    faults.push_back({"actor", "must be 1 to 256 bytes of UTF-8 without control characters"});
  }
  if (!intent.reason.empty() && !IsSoundText(intent.reason, kDispositionTextSizeMax)) {
    faults.push_back({"reason", "must be at most 256 bytes of UTF-8 without control characters"});
  }
  return faults;
}

GovernanceRecord EncodeIntent(const DispositionIntent& intent) {
  boost::json::object payload{{"partition", intent.partition_name},
                              {"actor", intent.actor},
                              {"cutoff_time", FormatRfc3339(intent.cutoff_time)},
                              {"row_count", intent.row_count},
                              {"kept_count", intent.kept_count},
                              {"held_count", intent.held_count}};
  if (!intent.reason.empty()) {
    payload["reason"] = intent.reason;
  }
  return DispositionRecord(
      kDispositionIntentType,
      Concat({kDispositionIntentType, ":", intent.partition_name, ":", FormatRfc3339(intent.cutoff_time), ":",
              std::to_string(intent.row_count), ":", std::to_string(intent.kept_count)}),
      std::move(payload));
}

GovernanceRecord EncodeComplete(const DispositionComplete& complete) {
  return DispositionRecord(kDispositionCompleteType,
                           Concat({kDispositionCompleteType, ":", std::to_string(complete.intent_leaf_index)}),
                           {{"partition", complete.partition_name},
                            {"actor", complete.actor},
                            {"intent_leaf_index", complete.intent_leaf_index},
                            {"disposed_count", complete.disposed_count},
                            {"kept_count", complete.kept_count}});
}

}  // namespace affidavit
