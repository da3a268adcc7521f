#include "services/ledger/evidence/evidence_requests.h"

#include "core/base/text.h"
#include "core/envelope/admission.h"
#include "core/envelope/leaf.h"

namespace affidavit::ledger {
namespace {

using Violations = std::vector<WireError::Violation>;

void CheckNotNegative(const char* field, int64_t value, Violations& violations) {
  if (value < 0) {
    violations.push_back({field, "must not be negative"});
  }
}

// An optional text.
void CheckText(const char* field, const std::string& text, size_t size_max, Violations& violations) {
  if (!text.empty() && !IsSoundText(text, size_max)) {
    violations.push_back({field, "must be at most " + std::to_string(size_max) + " bytes without control characters"});
  }
}

void CheckId(const char* field, const std::string& id, size_t size_max, Violations& violations) {
  if (!IsSoundText(id, size_max)) {
    violations.push_back({field, "must be 1 to " + std::to_string(size_max) + " bytes without control characters"});
  }
}

}  // namespace

Violations FaultsOf(const v1::GetInclusionProofRequest& request) {
  Violations violations;
  if (request.entry_case() == v1::GetInclusionProofRequest::ENTRY_NOT_SET) {
    violations.push_back({"entry", "must be a leaf_index or a leaf"});
  }
  CheckNotNegative("leaf_index", request.leaf_index(), violations);
  if (request.has_leaf() && (request.leaf().size() > kLeafSizeMax || !DecodeLeaf(request.leaf()).ok())) {
    violations.push_back({"leaf", "must be the exact bytes of a leaf of version 1"});
  }
  CheckNotNegative("tree_size", request.tree_size(), violations);
  if (request.has_leaf_index() && request.tree_size() > 0 && request.tree_size() <= request.leaf_index()) {
    violations.push_back({"tree_size", "must be above the leaf_index"});
  }
  CheckNotNegative("wait_max_ms", request.wait_max_ms(), violations);
  return violations;
}

Violations FaultsOf(const v1::GetConsistencyProofRequest& request) {
  Violations violations;
  if (request.first_tree_size() <= 0) {
    violations.push_back({"first_tree_size", "must be at least 1: nothing follows from an empty tree"});
  }
  CheckNotNegative("second_tree_size", request.second_tree_size(), violations);
  if (request.second_tree_size() > 0 && request.first_tree_size() > request.second_tree_size()) {
    violations.push_back({"first_tree_size", "must not be above second_tree_size"});
  }
  CheckNotNegative("wait_max_ms", request.wait_max_ms(), violations);
  return violations;
}

Violations FaultsOf(const v1::GetCheckpointRequest& request) {
  Violations violations;
  CheckNotNegative("tree_size", request.tree_size(), violations);
  CheckText("origin", request.origin(), kEventIdSizeMax, violations);
  return violations;
}

Violations FaultsOf(const v1::ListCheckpointsRequest& request) {
  Violations violations;
  CheckNotNegative("page_size", request.page_size(), violations);
  CheckText("origin", request.origin(), kEventIdSizeMax, violations);
  return violations;
}

Violations FaultsOf(const v1::GetProofOfDeliveryRequest& request) {
  Violations violations;
  switch (request.key_case()) {
    case v1::GetProofOfDeliveryRequest::kMessageId:
      CheckId("message_id", request.message_id(), kMetadataSizeMax, violations);
      break;
    case v1::GetProofOfDeliveryRequest::kCorrelationId:
      CheckId("correlation_id", request.correlation_id(), kMetadataSizeMax, violations);
      break;
    case v1::GetProofOfDeliveryRequest::kEventId:
      CheckId("event_id", request.event_id(), kEventIdSizeMax, violations);
      break;
    case v1::GetProofOfDeliveryRequest::KEY_NOT_SET:
      violations.push_back({"key", "must be a message_id, a correlation_id or an event_id"});
      break;
  }
  CheckText("source", request.source(), kEventIdSizeMax, violations);
  CheckNotNegative("wait_max_ms", request.wait_max_ms(), violations);
  return violations;
}

}  // namespace affidavit::ledger
