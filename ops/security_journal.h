// What happened that a SIEM should hear of, alerts and refused signatures, in memory until somebody takes it on: the
// ledger and the worker into the database, an adapter to its ledger. Bounded: what finds no room is counted, and the
// count is an event itself ("security_events_dropped"). Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "core/base/time.h"
#include "ops/log.h"

namespace affidavit::ops {

struct SecurityNote {
  TimePoint time;
  std::string name;     // an alert's, or "unauthorized": 1 to 32 of a-z 0-9 _
  std::string details;  // a JSON object: ids, counts and reasons, as in a log line

  bool operator==(const SecurityNote&) const = default;
};

class SecurityJournal {
 public:
  static constexpr size_t kNotesMax = 1'000;

  // The one of this process, into which RaiseAlert writes too. Never destroyed.
  static SecurityJournal& OfProcess();

  void Note(std::string_view name, std::span<const LogField> fields);
  void Add(SecurityNote note);

  // Takes the oldest, at most `count_max`. Whoever could not pass them on puts them back: they are the oldest again.
  std::vector<SecurityNote> Take(size_t count_max);
  void PutBack(std::vector<SecurityNote> notes);

  // Takes some, and puts them back unless `pass_on` succeeds; when it answers INVALID_ARGUMENT they are passed on one
  // by one, and what is refused alone is logged and dropped, so that nothing holds up the rest. Not called when there
  // are none.
  absl::Status PassOn(size_t count_max, const std::function<absl::Status(std::span<const SecurityNote>)>& pass_on);

 private:
  std::mutex mutex_;
  std::deque<SecurityNote> notes_;  // guarded by mutex_
  int64_t dropped_count_ = 0;       // guarded by mutex_
};

}  // namespace affidavit::ops
