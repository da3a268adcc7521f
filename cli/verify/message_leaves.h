// Which leaves of a log concern one message: those that name it, and those that give one of its events other content
// under the same id and name another message, or none. Memory grows with these leaves alone.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "core/envelope/leaf.h"

namespace affidavit::verify {

class MessageLeaves {
 public:
  struct Found {
    uint64_t index;
    LeafFields fields;
    bool names_message;  // belongs in the message's bundle
  };

  // `source` empty: of any. `message_id` empty: the known events that name no message.
  MessageLeaves(std::string message_id, std::string source)
      : message_id_(std::move(message_id)), source_(std::move(source)) {}

  // Looks at the leaves of a log in its order. DATA_LOSS when one is no leaf v1: what it concerns cannot be said.
  absl::Status Look(uint64_t index, std::string_view leaf);

  // Makes the leaf's event one of the message's.
  void KnowEvent(const LeafFields& fields);

  const std::vector<Found>& found() const { return found_; }

 private:
  bool IsOfKnownEvent(const LeafFields& fields) const;

  std::string message_id_, source_;
  std::set<std::pair<std::string, std::string>> events_;  // source, event id
  std::vector<Found> found_;
};

}  // namespace affidavit::verify
