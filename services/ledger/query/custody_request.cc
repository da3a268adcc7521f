#include "services/ledger/query/custody_request.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/base/text.h"
#include "core/envelope/admission.h"
#include "services/ledger/query/subject_request.h"

namespace affidavit::ledger {
namespace {

using ChainViolations = std::vector<WireError::Violation>;

constexpr int kChainsDefault = 20;
constexpr int kChainsMax = 100;

// An id as the log may hold it.
void ReadChainId(const char* field, DeliveryKey::Id which, const std::string& id, size_t size_max,
                 CustodyRequest& custody, ChainViolations& violations) {
  if (!IsSoundText(id, size_max)) {
    violations.push_back({field, "must be 1 to " + std::to_string(size_max) + " bytes without control characters"});
  }
  custody.key = DeliveryKey{which, id, custody.source};
}

void ReadChainKey(const v1::GetCustodyChainRequest& request, std::string_view subject_key, CustodyRequest& custody,
                  ChainViolations& violations) {
  using Id = DeliveryKey::Id;
  switch (request.key_case()) {
    case v1::GetCustodyChainRequest::kMessageId:
      return ReadChainId("message_id", Id::kMessage, request.message_id(), kMetadataSizeMax, custody, violations);
    case v1::GetCustodyChainRequest::kCorrelationId:
      return ReadChainId("correlation_id", Id::kCorrelation, request.correlation_id(), kMetadataSizeMax, custody,
                         violations);
    case v1::GetCustodyChainRequest::kEventId:
      return ReadChainId("event_id", Id::kEvent, request.event_id(), kEventIdSizeMax, custody, violations);
    case v1::GetCustodyChainRequest::kRecipient:
    case v1::GetCustodyChainRequest::kSubjectHash:
      if (request.recipient().empty() && request.subject_hash().empty()) {
        violations.push_back({request.has_recipient() ? "recipient" : "subject_hash", "must not be empty"});
      }
      custody.subject_hash = ReadSubject("", request.recipient(), request.subject_hash(), subject_key, violations);
      return;
    case v1::GetCustodyChainRequest::KEY_NOT_SET:
      violations.push_back(
          {"key", "must be a message_id, a correlation_id, an event_id, a recipient or a subject_hash"});
  }
}

}  // namespace

std::string CustodyRequest::Listing() const {
  return Concat({"GetCustodyChain\n", AsBytes(*subject_hash), source});
}

std::variant<CustodyRequest, WireError> ReadCustodyRequest(const v1::GetCustodyChainRequest& request,
                                                           std::string_view subject_key) {
  CustodyRequest custody;
  ChainViolations violations;
  custody.source = request.source();
  if (!custody.source.empty() && !IsSoundText(custody.source, kEventIdSizeMax)) {
    violations.push_back({"source", "must be at most 512 bytes without control characters"});
  }
  ReadChainKey(request, subject_key, custody, violations);
  if (request.page_size() < 0) {
    violations.push_back({"page_size", "must not be negative"});
  }
  if (!violations.empty()) {
    return InvalidRequest(v1::ERROR_REASON_REQUEST_INVALID, std::move(violations));
  }
  if (request.has_recipient() && !custody.subject_hash) {
    return SubjectKeyNotConfigured();
  }
  custody.page_size = request.page_size() == 0 ? kChainsDefault : std::min(request.page_size(), kChainsMax);
  if (!request.page_token().empty()) {
    custody.token = custody.subject_hash ? DecodePageToken(request.page_token(), custody.Listing()) : std::nullopt;
    if (!custody.token) {
      return PageTokenOfAnother();
    }
  }
  return custody;
}

WireError PageTokenOfAnother() {
  return InvalidRequest(v1::ERROR_REASON_PAGE_TOKEN_INVALID,
                        {{"page_token", "must be the next_page_token of a page of the same request"}});
}

}  // namespace affidavit::ledger
