// Recipients without their addresses: HMAC-SHA-256 of the normalised address under a key of the deployment, so that
// what is kept for look-ups is no directory of customers. Pure, thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "core/base/digest.h"

namespace affidavit {

// White space around is gone; an address with an '@' is in ASCII lower case; one of digits, spaces and "+-().", a
// telephone number, keeps its digits, after a '+' when the first of them were '+' or "00". Anything else stays as it
// is.
std::string NormalizeAddress(std::string_view address);

// REQUIRES: NormalizeAddress(address) is not empty.
Digest SubjectHash(std::string_view key, std::string_view address);

}  // namespace affidavit
