#include "services/ledger/query/subject_request.h"

#include <algorithm>

#include "core/base/text.h"
#include "core/evidence/subject.h"

namespace affidavit::ledger {
namespace {

constexpr size_t kRecipientSizeMax = 512;

}  // namespace

std::optional<Digest> ReadSubject(const std::string& prefix, const std::string& recipient,
                                  const std::string& subject_hash, std::string_view key,
                                  std::vector<WireError::Violation>& violations) {
  if (!recipient.empty() && !subject_hash.empty()) {
    violations.push_back({prefix + "subject_hash", "must be empty beside a recipient"});
    return std::nullopt;
  }
  if (!subject_hash.empty()) {
    Digest digest;
    if (subject_hash.size() != digest.size()) {
      violations.push_back({prefix + "subject_hash", "must be 32 bytes"});
      return std::nullopt;
    }
    std::copy(subject_hash.begin(), subject_hash.end(), digest.begin());
    return digest;
  }
  if (recipient.empty()) {
    return std::nullopt;
  }
  if (!IsSoundText(recipient, kRecipientSizeMax) || NormalizeAddress(recipient).empty()) {
    violations.push_back({prefix + "recipient", "must be an address of at most 512 bytes without control characters"});
    return std::nullopt;
  }
  return key.empty() ? std::nullopt : std::optional<Digest>(SubjectHash(key, recipient));
}

WireError SubjectKeyNotConfigured() {
  return {.code = grpc::StatusCode::FAILED_PRECONDITION,
          .reason = v1::ERROR_REASON_SUBJECT_KEY_NOT_CONFIGURED,
          .message =
              "this ledger finds nobody by recipient: set facts.subject_key_file in its configuration, the same "
              "for the worker, then run `affidavit reindex`"};
}

}  // namespace affidavit::ledger
