// Who a request asks about: a recipient, or the hash of one. An address is hashed on arrival; neither it nor the hash
// goes into an error or a log. Pure, thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/digest.h"
#include "services/ledger/wire/status.h"

namespace affidavit::ledger {

// The hash of whom `recipient` or `subject_hash` name; nothing when both are empty, when `violations` were added, or
// when a recipient cannot be hashed as there is no `key`. `prefix` stands before the fields' names.
std::optional<Digest> ReadSubject(const std::string& prefix, const std::string& recipient,
                                  const std::string& subject_hash, std::string_view key,
                                  std::vector<WireError::Violation>& violations);

// FAILED_PRECONDITION: this ledger hashes no recipients.
WireError SubjectKeyNotConfigured();

}  // namespace affidavit::ledger
