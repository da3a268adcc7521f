// Checks ListEntries' arguments and turns them into a db filter. Pure, thread-safe.
#pragma once

#include <string_view>
#include <variant>
#include <vector>

#include "affidavit/v1/query_service.pb.h"
#include "db/entry_reader.h"
#include "services/ledger/wire/status.h"

namespace affidavit::ledger {

struct ListRequest {
  db::ListFilter filter;
  int page_size;
  db::WithPayload with_payload;
};

// The request, or everything that is wrong with it (the page token apart). A recipient is hashed with `subject_key`;
// when there is none, the filter is without a subject_hash and must not be used.
std::variant<ListRequest, std::vector<WireError::Violation>> ReadListRequest(const v1::ListEntriesRequest& request,
                                                                             std::string_view subject_key);

}  // namespace affidavit::ledger
