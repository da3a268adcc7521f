// What the timeouts job (services/timeouts) looks at: messages that were sent and not answered, how far the projections
// of db/facts_store.h have come, and which adapters may still hold answers. Functions run inside a caller's transaction
// and may throw libpqxx's exceptions, which Transact turns into a Status.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/time.h"

namespace affidavit::db {

class Transaction;

// The first send of a message that no delivery, read or status has answered and no timeout has marked.
struct DueSend {
  std::string source, message_id;
  std::optional<std::string> correlation_id;
  std::string channel;   // of the message; empty: none is known
  std::string event_id;  // of the send
  int64_t leaf_index = 0;
  TimePoint counted_from_time;  // what the threshold is counted from
  TimePoint receive_time, integrate_time;
  std::optional<TimePoint> event_time;
};

struct TimeoutHorizon {
  // Every entry that was integrated before this time is folded: database_time when all is folded and nobody is
  // appending; else the integrate_time of the last folded entry. Nothing: no entry is folded.
  std::optional<TimePoint> folded_until;
  TimePoint database_time;
};
// Until the transaction ends nothing is folded and nothing reset: due sends that are read after it are at this horizon.
// Waits for a step that is being folded; never for an append. For roles that may fold (the owner, the worker).
TimeoutHorizon ReadTimeoutHorizon(Transaction& transaction);

// A retirement counts until the adapter is seen again after it.
struct AdapterHoldup {
  std::vector<std::string> silent_adapter_ids;           // not retired, last seen more than `silence` ago; sorted
  std::optional<TimePoint> oldest_spooled_receive_time;  // of any that is not retired, silent ones too
};
AdapterHoldup ReadAdapterHoldup(Transaction& transaction, std::chrono::seconds silence);

// Which channels a threshold is for.
enum class ChannelMatch { kOnly, kAllBut };

// Due sends of the messages of `channels`, or of all but these, with counted_from_time <= `until`: the oldest first (by
// counted_from_time, leaf_index), at most `limit`. kOnly is a look-up in the index messages_unanswered for each
// channel; kAllBut walks it, passing over the unanswered of `channels`. A channel with a NUL byte is that of no
// message.
std::vector<DueSend> ReadDueSends(Transaction& transaction, ChannelMatch match, std::span<const std::string> channels,
                                  TimePoint until, int limit);

// Every adapter that ever reported, by id; and what `affidavit adapter list` says of it.
struct KnownAdapter {
  std::string adapter_id;
  TimePoint last_seen_time;
  std::optional<TimePoint> oldest_spooled_receive_time;
  std::optional<TimePoint> retire_time;  // nothing: not retired, or seen again since
};
std::vector<KnownAdapter> ReadKnownAdapters(Transaction& transaction);

}  // namespace affidavit::db
