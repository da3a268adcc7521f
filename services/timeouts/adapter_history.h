// What adapters have said of themselves, kept until the projections have come as far as that: only then does "it had
// nothing in its spool" mean that whatever it had received is known. One thread's world.
#pragma once

#include <chrono>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/time.h"
#include "db/timeouts_store.h"

namespace affidavit::timeouts {

// Before this time every adapter that is not retired has handed over what it received: it was seen `grace` after it,
// and its spool holds nothing older. The end of time when there are no adapters.
TimePoint HandedOverUntil(std::span<const db::KnownAdapter> adapters, std::chrono::seconds grace);

// Adapters that are not retired and were seen last more than `silence` before `now`, or whose spool holds something
// older than `due_time`; sorted.
std::vector<std::string> HoldingAdapters(std::span<const db::KnownAdapter> adapters, TimePoint now,
                                         std::chrono::seconds silence, TimePoint due_time);
bool IsAnySilent(std::span<const db::KnownAdapter> adapters, TimePoint now, std::chrono::seconds silence);

class AdapterHistory {
 public:
  explicit AdapterHistory(std::chrono::seconds grace) : grace_(grace) {}

  // `adapters` as read at `now`, the database's clock, which does not go back by much.
  void Note(TimePoint now, std::span<const db::KnownAdapter> adapters);

  // What was received before this time is folded, wherever it was: by the last note that is not after `folded_until`.
  // Nothing: there is none. Notes before it are forgotten, so `folded_until` should only grow; when it falls back (a
  // reindex), there is nothing until it is here again.
  std::optional<TimePoint> SettledUntil(TimePoint folded_until);

 private:
  struct Sighting {
    TimePoint time, handed_over_until;
  };
  std::chrono::seconds grace_;
  std::deque<Sighting> sightings_;  // oldest first
};

}  // namespace affidavit::timeouts
