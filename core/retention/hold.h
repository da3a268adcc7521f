// Legal holds: what matches is kept until the hold is released, whatever its retention period says. A hold is a
// predicate, so it binds entries that come later, too; several may bind one entry. A fold over the log's governance
// entries (act.h) in which a release is for ever, so that the order of the acts does not matter. Pure; const functions
// are thread-safe.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "core/base/time.h"
#include "core/envelope/leaf.h"

namespace affidavit {

// What a hold binds: exactly one of message_id, correlation_id and a range of receive times (at least one of its
// bounds), and of this source where one is named. Compared exactly.
struct HoldPredicate {
  std::string source;
  std::string message_id;
  std::string correlation_id;
  std::optional<TimePoint> start_time, end_time;  // receive_time, [start, end)

  bool operator==(const HoldPredicate&) const = default;
};

// Entries of every kind can be held, excluded ones too: their payload stays in the database.
bool Binds(const HoldPredicate& predicate, const LeafFields& fields);

struct LegalHold {
  std::string hold_id;         // 1 to 64 of A-Z a-z 0-9 . _ -
  std::string case_reference;  // what it is for
  std::string actor;           // who placed it, as claimed
  HoldPredicate predicate;

  bool operator==(const LegalHold&) const = default;
};

class LegalHolds {
 public:
  // The first with an id counts. What was released stays released.
  void Create(LegalHold hold);
  void Release(std::string_view hold_id);

  // Nothing that was released. nullptr: no such hold is active. Valid until the next change.
  const LegalHold* Find(std::string_view hold_id) const;

  // Whether an active hold binds the entry.
  bool IsHeld(const LeafFields& fields) const;

  const std::map<std::string, LegalHold, std::less<>>& active() const { return active_; }
  bool operator==(const LegalHolds& other) const { return active_ == other.active_ && released_ == other.released_; }

 private:
  using ById = std::map<std::string, std::set<std::string>, std::less<>>;  // message or correlation id -> hold ids

  bool IsHeldBy(const ById& holds, const std::string& id, const LeafFields& fields) const;

  std::map<std::string, LegalHold, std::less<>> active_;
  std::set<std::string, std::less<>> released_;
  // active_, by what it asks for: there may be thousands of holds on single messages.
  ById by_message_, by_correlation_;
  std::set<std::string> by_time_;
};

}  // namespace affidavit
