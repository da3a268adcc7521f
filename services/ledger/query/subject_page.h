// One page of a recipient's messages, newest first (custody.h). One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <variant>
#include <vector>

#include "db/connection_pool.h"
#include "services/ledger/query/custody_request.h"
#include "services/ledger/wire/deliveries.h"
#include "services/ledger/wire/page_token.h"
#include "services/ledger/wire/status.h"

namespace affidavit::ledger {

struct CustodyView;

class SubjectPage {
 public:
  // All of it outlives the object. REQUIRES: request.subject_hash.
  SubjectPage(db::ConnectionPool& pool, const CustodyRequest& request, const CustodyView& view,
              const DeliveryLimits& limits, const std::function<bool()>& is_cancelled)
      : pool_(pool), request_(request), view_(view), limits_(limits), is_cancelled_(is_cancelled) {}

  // Once. May be empty.
  std::variant<std::vector<Delivery>, WireError> Read();
  // After Read: where the next page starts, if there is one.
  const std::optional<PageToken>& next() const { return next_; }

 private:
  // What became of one entry for the recipient.
  enum class Step { kGoOn, kPageEnds, kFailed };

  Step Take(const db::StoredEntry& stored);
  Step Fail(WireError error);
  Step Fail(const absl::Status& status) { return Fail(StoreError(status)); }
  // Whether an earlier page of this listing has it.
  absl::StatusOr<bool> WasOnAnEarlierPage(const Delivery& delivery);

  db::ConnectionPool& pool_;
  const CustodyRequest& request_;
  const CustodyView& view_;
  const DeliveryLimits& limits_;
  const std::function<bool()>& is_cancelled_;
  PageToken position_{};
  std::vector<Delivery> deliveries_;
  std::set<int64_t> seen_;  // entries of messages that were looked at
  size_t entry_count_ = 0;
  int64_t payload_bytes_ = 0;
  WireError error_;
  std::optional<PageToken> next_;
};

}  // namespace affidavit::ledger
