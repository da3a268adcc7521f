#include "core/evidence/message_status.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "core/evidence/status_word.h"

namespace affidavit {
namespace {

constexpr std::string_view kTimeoutType = "message:status:timeout";

MessageStatus StatusOfType(std::string_view event_type) {
  if (event_type == "message:send") {
    return MessageStatus::kPending;
  }
  if (event_type == "message:delivery") {
    return MessageStatus::kDelivered;
  }
  return event_type == "message:read" ? MessageStatus::kRead : MessageStatus::kUnknown;
}

bool IsMessageEvent(std::string_view event_type) {
  return event_type == "message:status" || StatusOfType(event_type) != MessageStatus::kUnknown;
}

// What an event with this word says. A word that is there decides, because a delivery report can report a failure; a
// word that we cannot read must not make a delivery of it either. That something was sent is safe to say.
MessageStatus StatusOfEvent(std::string_view event_type, const StatusWord& word) {
  const MessageStatus by_type = StatusOfType(event_type);
  if (!word.present) {
    return by_type;
  }
  const MessageStatus by_word = StatusOfWord(word.word);
  return by_word == MessageStatus::kUnknown && by_type == MessageStatus::kPending ? by_type : by_word;
}

}  // namespace

MessageFact FactOf(const MessageEntry& entry, const StatusWordReader& reader) {
  const LeafFields& leaf = entry.leaf;
  MessageFact fact{.leaf_index = entry.leaf_index,
                   .event_time = leaf.event_time,
                   .delivery_time = leaf.delivery_time,
                   .receive_time = leaf.receive_time};
  const bool is_envelope = leaf.kind == EntryKind::kEnvelope;
  if (is_envelope && entry.raw) {
    const StatusWord word = reader.Read(*entry.raw);
    fact.detail = word.word;
    fact.status = IsMessageEvent(leaf.event_type) ? StatusOfEvent(leaf.event_type, word) : MessageStatus::kUnknown;
  } else if (is_envelope && leaf.event_type == "message:send") {
    fact.status = MessageStatus::kPending;
  }
  if ((is_envelope || leaf.kind == EntryKind::kStatus) && leaf.event_type == kTimeoutType) {
    fact.status = MessageStatus::kTimedOut;
  }
  return fact;
}

namespace {

auto LifeOrder(const MessageFact& fact) {
  return std::make_tuple(fact.event_time.value_or(fact.receive_time), fact.leaf_index);
}

// One fact an entry. An entry that was given twice counts once, with its bytes if it has them.
std::vector<MessageFact> FactsOf(std::span<const MessageEntry> entries) {
  const StatusWordReader reader;
  std::vector<std::pair<bool, MessageFact>> given;  // first: its bytes are absent
  for (const MessageEntry& entry : entries) {
    given.emplace_back(!entry.raw.has_value(), FactOf(entry, reader));
  }
  const auto order = [](const std::pair<bool, MessageFact>& one) {
    const MessageFact& fact = one.second;
    return std::make_tuple(fact.leaf_index, one.first, fact.status, fact.detail, fact.event_time, fact.delivery_time,
                           fact.receive_time);
  };
  std::sort(given.begin(), given.end(), [&](const auto& a, const auto& b) { return order(a) < order(b); });
  std::vector<MessageFact> facts;
  for (auto& [disposed, fact] : given) {
    if (facts.empty() || facts.back().leaf_index != fact.leaf_index) {
      facts.push_back(std::move(fact));
    }
  }
  return facts;
}

const MessageFact* First(const std::vector<MessageFact>& facts, MessageStatus status) {
  const auto found = std::find_if(facts.begin(), facts.end(), [&](const auto& fact) { return fact.status == status; });
  return found == facts.end() ? nullptr : &*found;
}

// Between deliveries and failures of one message the platform's last word holds, for it tries again after a failure,
// and takes back a delivery that it had announced too early. The fact returned is the first that nothing contrary
// follows. At one and the same time the failure holds: too little is claimed rather than too much.
const MessageFact* LastWord(const std::vector<MessageFact>& facts) {
  const MessageFact* deciding = nullptr;
  for (const MessageFact& fact : facts) {
    const bool delivered = fact.status == MessageStatus::kDelivered;
    const bool failed = fact.status == MessageStatus::kFailed;
    if ((!delivered && !failed) || (deciding != nullptr && deciding->status == fact.status)) {
      continue;
    }
    const bool tie = deciding != nullptr && std::get<0>(LifeOrder(*deciding)) == std::get<0>(LifeOrder(fact));
    if (!tie || failed) {
      deciding = &fact;
    }
  }
  return deciding;
}

const MessageFact* DecidingFact(const std::vector<MessageFact>& facts) {
  if (const MessageFact* read = First(facts, MessageStatus::kRead); read != nullptr) {
    return read;  // whoever has read it has it
  }
  if (const MessageFact* last = LastWord(facts); last != nullptr) {
    return last;
  }
  const MessageFact* timeout = First(facts, MessageStatus::kTimedOut);
  return timeout != nullptr ? timeout : First(facts, MessageStatus::kPending);
}

// By receive_time, the one clock that all of these share.
bool HasLateDelivery(const std::vector<MessageFact>& facts) {
  std::optional<TimePoint> delivered, timed_out;
  for (const MessageFact& fact : facts) {
    const bool arrived = fact.status == MessageStatus::kDelivered || fact.status == MessageStatus::kRead;
    if (arrived) {
      delivered = std::min(delivered.value_or(fact.receive_time), fact.receive_time);
    } else if (fact.status == MessageStatus::kTimedOut) {
      timed_out = std::min(timed_out.value_or(fact.receive_time), fact.receive_time);
    }
  }
  return delivered && timed_out && *delivered > *timed_out;
}

int CountConflicts(std::span<const MessageEntry> entries) {
  std::vector<int64_t> indexes;
  for (const MessageEntry& entry : entries) {
    if (entry.leaf.kind == EntryKind::kConflict) {
      indexes.push_back(entry.leaf_index);
    }
  }
  std::sort(indexes.begin(), indexes.end());
  return static_cast<int>(std::unique(indexes.begin(), indexes.end()) - indexes.begin());
}

}  // namespace

std::string_view MessageStatusName(MessageStatus status) {
  constexpr std::array<std::string_view, 6> kNames = {"UNKNOWN", "PENDING", "DELIVERED", "READ", "FAILED", "TIMED_OUT"};
  return kNames[static_cast<size_t>(status)];
}

MessageStory DeriveStory(std::span<const MessageEntry> entries) {
  return TellStory(FactsOf(entries), CountConflicts(entries));
}

MessageStory TellStory(std::vector<MessageFact> facts, int conflict_count) {
  std::sort(facts.begin(), facts.end(),
            [](const MessageFact& a, const MessageFact& b) { return LifeOrder(a) < LifeOrder(b); });
  MessageStory story{.conflict_count = conflict_count, .facts = std::move(facts)};
  story.late_delivery = HasLateDelivery(story.facts);
  if (const MessageFact* deciding = DecidingFact(story.facts); deciding != nullptr) {
    story.status = deciding->status;
    story.decided_by = deciding->leaf_index;
  }
  return story;
}

}  // namespace affidavit
