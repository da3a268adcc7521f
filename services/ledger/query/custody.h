// What chains of custody are told from: the log's entries and what stands beside them, of one page. Reads in several
// short transactions below one tree size. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <variant>
#include <vector>

#include "core/retention/hold.h"
#include "db/connection_pool.h"
#include "db/custody_store.h"
#include "services/ledger/query/custody_request.h"
#include "services/ledger/wire/deliveries.h"
#include "services/ledger/wire/page_token.h"
#include "services/ledger/wire/status.h"

namespace affidavit::ledger {

// How far everything was when reading began.
struct CustodyView {
  int64_t tree_size = 0;
  int64_t checkpoint_tree_size = 0;  // 0: nothing is signed
  int64_t projected_leaf_index = 0;  // entries below it are projected
};

struct CustodyMessage {
  Delivery delivery;             // with its payloads, but for those that were disposed of
  std::vector<LegalHold> holds;  // active ones that may bind its entries: to be asked with Binds
};

struct CustodyPage {
  CustodyView view;
  std::vector<CustodyMessage> messages;
  // By leaf_index; entries of which nothing is known are not there.
  std::map<int64_t, db::CopyState> copies;
  std::map<int64_t, db::ProjectedFact> projected;
  std::optional<PageToken> next;  // where the next page starts; nothing: this is the last
};

// By an id: all messages that it names; ENTRY_NOT_FOUND, AMBIGUOUS_ID, PROOF_TOO_LARGE. By a subject_hash: a page of
// the messages with an entry for that recipient, the one with the newest such entry first, each on one page; the pages
// of a listing go by what was projected when its first page was read, so what is folded meanwhile shifts nothing. A
// page may be short, even empty, while there is a next one. PAGE_TOKEN_INVALID when this log is shorter than the
// token's. And what StoreError makes of the store's errors.
std::variant<CustodyPage, WireError> ReadCustody(db::ConnectionPool& pool, const CustodyRequest& request,
                                                 const DeliveryLimits& limits,
                                                 const std::function<bool()>& is_cancelled);

}  // namespace affidavit::ledger
