// Checks GetCustodyChain's arguments. Pure, thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "affidavit/v1/query_service.pb.h"
#include "core/base/digest.h"
#include "services/ledger/wire/deliveries.h"
#include "services/ledger/wire/page_token.h"
#include "services/ledger/wire/status.h"

namespace affidavit::ledger {

struct CustodyRequest {
  std::optional<DeliveryKey> key;  // one of these two
  std::optional<Digest> subject_hash;
  std::string source;  // empty: any
  int page_size = 0;   // by subject_hash: chains on a page
  std::optional<PageToken> token;

  // What page tokens of this listing are bound to. REQUIRES: a subject_hash.
  std::string Listing() const;
};

// The request, or what is wrong with it: REQUEST_INVALID with all of it; SUBJECT_KEY_NOT_CONFIGURED when a recipient is
// named and `subject_key` is empty; PAGE_TOKEN_INVALID.
std::variant<CustodyRequest, WireError> ReadCustodyRequest(const v1::GetCustodyChainRequest& request,
                                                           std::string_view subject_key);

WireError PageTokenOfAnother();  // PAGE_TOKEN_INVALID

}  // namespace affidavit::ledger
