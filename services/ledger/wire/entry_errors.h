// What is wrong with an id that names no entry, several, or too many. Pure, thread-safe.
#pragma once

#include <string>

#include "services/ledger/wire/status.h"

namespace affidavit::ledger {

WireError NoSuchEntry();
// `candidates`: as the metadata lists them.
WireError AmbiguousId(const std::string& message, const std::string& candidates);
WireError ProofTooLarge(const std::string& what);

}  // namespace affidavit::ledger
