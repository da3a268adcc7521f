#include "cli/verify/story.h"

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "boost/json/array.hpp"
#include "cli/text.h"
#include "core/base/text.h"
#include "core/base/time.h"

namespace affidavit::verify {
namespace {

std::string_view InWords(MessageStatus status) {
  switch (status) {
    case MessageStatus::kPending:
      return "it was sent, and nothing says what became of it";
    case MessageStatus::kDelivered:
      return "it was delivered";
    case MessageStatus::kRead:
      return "it was read";
    case MessageStatus::kFailed:
      return "it could not be delivered";
    case MessageStatus::kTimedOut:
      return "nothing was heard of it in time";
    case MessageStatus::kUnknown:
      break;
  }
  return "nothing here says what became of it";
}

std::string Subject(const ProofBundle& bundle) {
  return bundle.message_id.empty() ? Concat({"An event of source ", bundle.source, " that names no message"})
                                   : Concat({"Message ", bundle.message_id, " of source ", bundle.source});
}

std::string_view StatusText(MessageStatus status) {
  return status == MessageStatus::kUnknown ? "says nothing of the outcome" : MessageStatusName(status);
}

void TellFact(const MessageFact& fact, Findings& findings) {
  findings.Tell(Concat({"  leaf ", absl::StrCat(fact.leaf_index), ": ", StatusText(fact.status),
                        fact.detail.empty() ? "" : Concat({", in the platform's word \"", fact.detail, "\""})}));
  const auto tell = [&findings](TimePoint time, std::string_view clock) {
    findings.Tell(Concat({"    ", FormatRfc3339(time), "  ", clock}));
  };
  if (fact.event_time.has_value()) {
    tell(*fact.event_time, "when it happened, by the platform's clock");
  }
  if (fact.delivery_time.has_value()) {
    tell(*fact.delivery_time, "when it was delivered, by the carrier's clock");
  }
  tell(fact.receive_time, "when this was received, by the receiver's clock");
}

boost::json::string_view Json(std::string_view text) {
  return {text.data(), text.size()};
}

boost::json::object FactJson(const MessageFact& fact) {
  boost::json::object object = {{"leaf_index", fact.leaf_index},
                                {"status", Json(MessageStatusName(fact.status))},
                                {"receive_time", FormatRfc3339(fact.receive_time)}};
  if (!fact.detail.empty()) {
    object["detail"] = cli::Printable(fact.detail);
  }
  if (fact.event_time.has_value()) {
    object["event_time"] = FormatRfc3339(*fact.event_time);
  }
  if (fact.delivery_time.has_value()) {
    object["delivery_time"] = FormatRfc3339(*fact.delivery_time);
  }
  return object;
}

boost::json::object StoryJson(const ProofBundle& bundle, const MessageStory& story) {
  boost::json::object message = {{"source", cli::Printable(bundle.source)},
                                 {"status", Json(MessageStatusName(story.status))},
                                 {"late_delivery", story.late_delivery},
                                 {"conflict_count", story.conflict_count}};
  if (!bundle.message_id.empty()) {
    message["message_id"] = cli::Printable(bundle.message_id);
  }
  if (story.decided_by.has_value()) {
    message["decided_by"] = *story.decided_by;
  }
  boost::json::array facts;
  for (const MessageFact& fact : story.facts) {
    facts.push_back(FactJson(fact));
  }
  message["facts"] = std::move(facts);
  return message;
}

}  // namespace

void TellStory(const ProofBundle& bundle, const MessageStory& story, Findings& findings) {
  findings.facts()["message"] = StoryJson(bundle, story);
  findings.Tell(Concat({Subject(bundle), ": ", MessageStatusName(story.status), " (", InWords(story.status), ")."}));
  if (story.decided_by.has_value()) {
    findings.Tell(Concat({"Leaf ", absl::StrCat(*story.decided_by), " says so."}));
  }
  if (story.late_delivery) {
    findings.Tell("A delivery was reported after the time-out: both are below.");
  }
  if (story.conflict_count > 0) {
    findings.Tell(absl::StrCat(story.conflict_count,
                               " of the leaves repeat an event's id with other content; both contents are kept."));
  }
  for (const MessageFact& fact : story.facts) {
    TellFact(fact, findings);
  }
}

}  // namespace affidavit::verify
