// What the projections count (affidavit_state.fact_counts), for GetStatus: kept by whoever folds, so that reading it
// costs the same whatever the size of the log. Functions run inside a caller's transaction and may throw libpqxx's
// exceptions, which Transact turns into a Status.
#pragma once

#include <cstdint>
#include <map>

#include "core/evidence/message_status.h"

namespace affidavit::db {

class Transaction;

struct FactsCounts {
  // Messages by the status that follows from all their entries; a status that none has is not there.
  std::map<MessageStatus, int64_t> messages;
  // Envelopes whose payload jsonb cannot hold, that name no message, that say nothing of an outcome (their status word
  // means nothing to us, or there is none), and that say nowhere when they happened. One may count in several.
  int64_t unheld_count = 0;
  int64_t without_message_count = 0;
  int64_t unknown_status_count = 0;
  int64_t without_event_time_count = 0;
  int64_t unconsented_read_count = 0;  // read events of recipients whose consent is absent or refused
  int64_t drifted_count = 0;           // envelopes that are not what their registered schema says

  bool operator==(const FactsCounts&) const = default;
};

// As of the cursor `facts`: one statement, so one snapshot. All is 0 before anything is folded.
FactsCounts ReadFactsCounts(Transaction& transaction);

}  // namespace affidavit::db
