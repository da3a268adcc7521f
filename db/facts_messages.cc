// The stories of messages, for WriteFacts: a row of `messages` is a function of the message's first kFactsOfMessageMax
// facts, however the log was cut into steps.
#include <algorithm>
#include <map>
#include <pqxx/pqxx>
#include <utility>

#include "core/base/text.h"
#include "db/columns.h"
#include "db/entry_rows.h"
#include "db/facts_parts.h"
#include "db/transaction.h"

namespace affidavit::db {
namespace {

static_assert(kFactsOfMessageMax == 1'000, "the next statement says so, too");

// Messages that have their thousand already give no rows: nothing of them changes but the count.
constexpr char kFactsOfMessages[] = "SELECT t.n, f.leaf_index, f.kind, f.event_type, f.channel, f.status, "  //
    AFFIDAVIT_SQL_MICROSECONDS("f.event_time") ", " AFFIDAVIT_SQL_MICROSECONDS(
        "f.receive_time") ", " AFFIDAVIT_SQL_MICROSECONDS("f.integrate_time") R"(, t.known_status
  FROM (SELECT t.*, m.entry_count AS known_count, m.status AS known_status
        FROM unnest($1::text[], $2::text[]) WITH ORDINALITY t (message_id, source, n)
        LEFT JOIN LATERAL (SELECT * FROM affidavit_state.messages
                           WHERE message_id = t.message_id AND source = t.source OFFSET 0) m ON true OFFSET 0) t
  CROSS JOIN LATERAL (
    SELECT * FROM affidavit_state.message_facts f
    WHERE f.message_id = t.message_id AND f.source = t.source AND f.message_id <> ''
    ORDER BY f.leaf_index LIMIT 1000) f
  WHERE coalesce(t.known_count, 0) < 1000
  ORDER BY t.n, f.leaf_index)";

// A first send stays the first: its event_id comes with the step that it is in.
constexpr char kWriteMessages[] = R"(
  INSERT INTO affidavit_state.messages AS m
    (message_id, source, entry_count, channel, status, decided_by, late_delivery, conflict_count, first_leaf_index,
     first_receive_time, send_leaf_index, send_event_id, counted_from_time, is_answered, timeout_leaf_index)
  SELECT message_id, source, entry_count, channel, status, decided_by, late_delivery <> 0, conflict_count,
         first_leaf_index, first_receive_time, send_leaf_index, send_event_id, counted_from_time, is_answered <> 0,
         timeout_leaf_index
  FROM unnest($1::text[], $2::text[], $3::integer[], $4::text[], $5::text[], $6::bigint[], $7::integer[], $8::integer[],
              $9::bigint[], $10::timestamptz[], $11::bigint[], $12::text[], $13::timestamptz[], $14::integer[],
              $15::bigint[])
    AS t (message_id, source, entry_count, channel, status, decided_by, late_delivery, conflict_count, first_leaf_index,
          first_receive_time, send_leaf_index, send_event_id, counted_from_time, is_answered, timeout_leaf_index)
  ON CONFLICT (message_id, source) DO UPDATE
  SET entry_count = m.entry_count + excluded.entry_count, channel = excluded.channel, status = excluded.status,
      decided_by = excluded.decided_by, late_delivery = excluded.late_delivery,
      conflict_count = excluded.conflict_count, send_leaf_index = excluded.send_leaf_index,
      send_event_id = coalesce(m.send_event_id, excluded.send_event_id),
      counted_from_time = excluded.counted_from_time, is_answered = excluded.is_answered,
      timeout_leaf_index = excluded.timeout_leaf_index)";

constexpr char kCountOnly[] = R"(
  UPDATE affidavit_state.messages m SET entry_count = m.entry_count + t.entry_count
  FROM unnest($1::text[], $2::text[], $3::integer[]) AS t (message_id, source, entry_count)
  WHERE m.message_id = t.message_id AND m.source = t.source)";

constexpr std::string_view kSendType = "message:send";
constexpr std::string_view kSilenceType = "message:status:timeout";

// A platform's clock that runs further ahead of ours is not believed: its sends would never be due.
constexpr auto kBelievedLead = std::chrono::hours(1);

MessageStatus StatusNamed(std::string_view name) {
  for (const MessageStatus status : kMessageStatuses) {
    if (MessageStatusName(status) == name) {
      return status;
    }
  }
  return MessageStatus::kUnknown;
}

TimePoint CountedFrom(std::optional<TimePoint> event_time, TimePoint integrate_time) {
  return event_time && *event_time <= integrate_time + kBelievedLead ? std::max(*event_time, integrate_time)
                                                                     : integrate_time;
}

// What the row of a message is made of, fact by fact in the order of the log.
class MessageFold {
 public:
  // A row of kFactsOfMessages.
  void Add(const pqxx::row& row) {
    if (!row[9].is_null()) {
      known_status_ = StatusNamed(row[9].c_str());
    }
    MessageFact fact{.leaf_index = row[1].as<int64_t>(), .status = StatusNamed(row[5].c_str())};
    if (!row[6].is_null()) {
      fact.event_time = TimeFromField(row[6]);
    }
    fact.receive_time = TimeFromField(row[7]);
    const std::string_view kind = row[2].c_str(), event_type = row[3].c_str(), channel = row[4].c_str();
    const bool is_envelope = kind == "envelope";
    if (is_envelope && event_type == kSendType && !send_leaf_index_) {
      send_leaf_index_ = fact.leaf_index;
      counted_from_time_ = CountedFrom(fact.event_time, TimeFromField(row[8]));
      send_channel_ = channel;
    }
    if ((is_envelope || kind == "status") && event_type == kSilenceType && !timeout_leaf_index_) {
      timeout_leaf_index_ = fact.leaf_index;
    }
    is_answered_ |= is_envelope && (event_type == "message:delivery" || event_type == "message:read" ||
                                    event_type == "message:status");
    conflict_count_ += kind == "conflict" ? 1 : 0;
    if (first_channel_.empty()) {
      first_channel_ = channel;
    }
    facts_.push_back(std::move(fact));
  }

  bool empty() const { return facts_.empty(); }
  std::optional<int64_t> send_leaf_index() const { return send_leaf_index_; }
  std::optional<MessageStatus> known_status() const { return known_status_; }  // what the row says so far

  // REQUIRES: !empty(). `message` is (message_id, source).
  MessageStatus AddTo(Columns& rows, const std::pair<std::string_view, std::string_view>& message, int entry_count,
                      std::optional<std::string_view> send_event_id) {
    const int64_t first_leaf_index = facts_.front().leaf_index;
    const TimePoint first_receive_time = facts_.front().receive_time;
    const MessageStory story = TellStory(std::move(facts_), conflict_count_);
    rows.AddRow(message.first, message.second, entry_count, send_channel_.empty() ? first_channel_ : send_channel_,
                MessageStatusName(story.status), story.decided_by, story.late_delivery ? 1 : 0, story.conflict_count,
                first_leaf_index, first_receive_time, send_leaf_index_, send_event_id, counted_from_time_,
                is_answered_ ? 1 : 0, timeout_leaf_index_);
    return story.status;
  }

 private:
  std::optional<MessageStatus> known_status_;
  std::vector<MessageFact> facts_;
  int conflict_count_ = 0;
  std::string first_channel_, send_channel_;
  std::optional<int64_t> send_leaf_index_, timeout_leaf_index_;
  std::optional<TimePoint> counted_from_time_;
  bool is_answered_ = false;
};

// What a step says of one message.
struct Touched {
  int entry_count = 0;
  std::map<int64_t, std::string_view> event_ids;  // of its sends, by leaf_index
  MessageFold fold;
};
using TouchedMessages = std::map<std::pair<std::string_view, std::string_view>, Touched>;  // by (message_id, source)

TouchedMessages MessagesOf(const FactsStep& step) {
  TouchedMessages messages;
  for (const MessageFactRow& row : step.facts) {
    if (row.message_id.empty()) {
      continue;
    }
    Touched& touched = messages[{row.message_id, row.source}];
    ++touched.entry_count;
    if (row.event_type == kSendType) {
      touched.event_ids[row.fact.leaf_index] = row.event_id;
    }
  }
  return messages;
}

void FoldFacts(Transaction& transaction, TouchedMessages& messages) {
  Columns wanted{ElementType::kText, ElementType::kText};
  std::vector<Touched*> by_position;
  for (auto& [message, touched] : messages) {
    wanted.AddRow(message.first, message.second);
    by_position.push_back(&touched);
  }
  for (const pqxx::row& row : wanted.Run(transaction, kFactsOfMessages)) {
    by_position.at(row[0].as<size_t>() - 1)->fold.Add(row);
  }
}

}  // namespace

std::string CountOfStatus(MessageStatus status) {
  return Concat({"messages/", MessageStatusName(status)});
}

void WriteMessages(Transaction& transaction, const FactsStep& step, FactCounts& counts) {
  TouchedMessages messages = MessagesOf(step);
  if (messages.empty()) {
    return;
  }
  FoldFacts(transaction, messages);
  using enum ElementType;
  Columns told{kText, kText,        kInt4, kText, kText,        kInt8, kInt4, kInt4,
               kInt8, kTimestamptz, kInt8, kText, kTimestamptz, kInt4, kInt8};
  Columns counted{kText, kText, kInt4};
  for (auto& [message, touched] : messages) {
    if (touched.fold.empty()) {
      counted.AddRow(message.first, message.second, touched.entry_count);
      continue;
    }
    std::optional<std::string_view> send_event_id;
    if (const auto found = touched.event_ids.find(touched.fold.send_leaf_index().value_or(-1));
        found != touched.event_ids.end()) {
      send_event_id = found->second;
    }
    const std::optional<MessageStatus> before = touched.fold.known_status();
    const MessageStatus after = touched.fold.AddTo(told, message, touched.entry_count, send_event_id);
    if (before != after) {
      ++counts[CountOfStatus(after)];
      if (before.has_value()) {
        --counts[CountOfStatus(*before)];
      }
    }
  }
  if (!told.empty()) {
    told.Run(transaction, kWriteMessages);
  }
  if (!counted.empty()) {
    counted.Run(transaction, kCountOnly);
  }
}

}  // namespace affidavit::db
