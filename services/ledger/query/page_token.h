// Page tokens of ListEntries: wire/page_token.h, bound to the filter. Pure, thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "db/entry_reader.h"
#include "services/ledger/wire/page_token.h"

namespace affidavit::ledger {

std::string EncodePageToken(const PageToken& token, const db::ListFilter& filter);

// Nothing unless `text` is what EncodePageToken makes for this filter.
std::optional<PageToken> DecodePageToken(std::string_view text, const db::ListFilter& filter);

}  // namespace affidavit::ledger
