// What became of one message: THE state machine, shared by the ledger's queries and by whoever verifies a bundle
// offline. Derived from the entries alone, in any order, with repeats, with or without the send. docs/proof-bundle.md
// has the table. Pure, thread-safe. Any input is safe.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.h"
#include "core/envelope/leaf.h"

namespace affidavit {

class StatusWordReader;

enum class MessageStatus { kUnknown, kPending, kDelivered, kRead, kFailed, kTimedOut };
std::string_view MessageStatusName(MessageStatus status);  // "DELIVERED"

// One entry that concerns the message.
struct MessageEntry {
  int64_t leaf_index = 0;
  LeafFields leaf;
  std::optional<std::string_view> raw;  // absent: disposed of
};

// What one entry says, and by which clock.
struct MessageFact {
  int64_t leaf_index = 0;
  MessageStatus status =
      MessageStatus::kUnknown;             // kUnknown: says nothing of the outcome (a conflict, an unread status)
  std::string detail;                      // the platform's own word, such as "DeliveryFailed"; may be empty
  std::optional<TimePoint> event_time;     // the platform's clock
  std::optional<TimePoint> delivery_time;  // the carrier's clock
  TimePoint receive_time;                  // our adapter's clock; of a record (a timeout): the ledger's

  bool operator==(const MessageFact&) const = default;
};

struct MessageStory {
  MessageStatus status = MessageStatus::kUnknown;
  std::optional<int64_t> decided_by;  // leaf_index of the entry that decides the status
  bool late_delivery = false;         // a delivery was received after a timeout: both facts stay
  int conflict_count = 0;
  std::vector<MessageFact> facts;  // in the order of the message's life: event_time, else receive_time, then leaf_index

  bool operator==(const MessageStory&) const = default;
};

MessageStory DeriveStory(std::span<const MessageEntry> entries);

// The same in two steps, for whoever keeps facts: what each entry says, and what follows from all that they say.
// TellStory takes facts in any order, each entry's once.
MessageFact FactOf(const MessageEntry& entry, const StatusWordReader& reader);  // core/evidence/status_word.h
MessageStory TellStory(std::vector<MessageFact> facts, int conflict_count);

}  // namespace affidavit
