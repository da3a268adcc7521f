// Page tokens (AIP-158): where the next page starts, and which listing it belongs to. Pure, thread-safe.
//
// A token is untrusted input. It carries no authority, only positions: whatever it says, a page shows nothing that the
// same caller could not list without it. So it is validated strictly and not signed: ledgers behind one load balancer
// share no secret, and must read each other's tokens.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace affidavit::ledger {

struct PageToken {
  int64_t tree_size;        // every page of the listing stays below it
  int64_t next_leaf_index;  // 0 <= next_leaf_index < tree_size

  bool operator==(const PageToken&) const = default;
};

// Opaque text, bound to `listing`: a form that no two listings share.
std::string EncodePageToken(const PageToken& token, std::string_view listing);

// Nothing unless `text` is what EncodePageToken makes for this listing.
std::optional<PageToken> DecodePageToken(std::string_view text, std::string_view listing);

}  // namespace affidavit::ledger
