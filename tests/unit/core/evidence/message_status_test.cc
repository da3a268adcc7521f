#include "core/evidence/message_status.h"

#include <algorithm>
#include <map>
#include <random>

#include "core/base/text.h"
#include "core/evidence/status_word.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace affidavit {
namespace {

using ::testing::ElementsAre;

constexpr std::string_view kSendType = "message:send", kDeliveryType = "message:delivery", kReadType = "message:read",
                           kStatusType = "message:status", kTimeoutType = "message:status:timeout";

TimePoint Second(int64_t seconds) {
  return TimePoint{std::chrono::seconds(1'795'492'000 + seconds)};
}

// Bodies outlive the entries that view them.
std::string_view Body(std::string_view status) {
  static std::map<std::string, std::string, std::less<>> bodies;
  const auto found = bodies.find(status);
  return found != bodies.end()
             ? found->second
             : bodies.emplace(status, Concat({R"({"message":{"status":")", status, R"("}})"})).first->second;
}

// Received a quarter of an hour after it happened, in this order: index, type, word (empty: none), second.
MessageEntry Event(int64_t index, std::string_view type, std::string_view word, int64_t second) {
  MessageEntry entry;
  entry.leaf_index = index;
  entry.leaf.event_type = std::string(type);
  entry.leaf.event_time = Second(second);
  entry.leaf.receive_time = Second(second + 900);
  entry.raw = word.empty() ? "{}" : Body(word);
  return entry;
}

MessageEntry Timeout(int64_t index, int64_t receive_second) {
  MessageEntry entry;
  entry.leaf_index = index;
  entry.leaf.kind = EntryKind::kStatus;
  entry.leaf.event_type = std::string(kTimeoutType);
  entry.leaf.receive_time = Second(receive_second);
  entry.raw = "{}";
  return entry;
}

struct Expected {
  MessageStatus status;
  std::optional<int64_t> decided_by;
};

void ExpectStory(const std::vector<MessageEntry>& entries, const Expected& expected) {
  const MessageStory story = DeriveStory(entries);
  EXPECT_EQ(MessageStatusName(story.status), MessageStatusName(expected.status));
  EXPECT_EQ(story.decided_by, expected.decided_by);
}

TEST(MessageStatusTest, NamesAreThoseOfTheFormat) {
  using enum MessageStatus;
  std::vector<std::string_view> names;
  for (const MessageStatus status : {kUnknown, kPending, kDelivered, kRead, kFailed, kTimedOut}) {
    names.push_back(MessageStatusName(status));
  }
  EXPECT_THAT(names, ElementsAre("UNKNOWN", "PENDING", "DELIVERED", "READ", "FAILED", "TIMED_OUT"));
}

TEST(MessageStatusTest, OneEvent) {
  using enum MessageStatus;
  const struct {
    std::string_view type, word;
    MessageStatus status;
  } rows[] = {
      {kSendType, "", kPending},
      {kSendType, "sent", kPending},
      {kSendType, "whatever", kPending},
      {kSendType, "failed", kFailed},
      {kDeliveryType, "", kDelivered},
      {kDeliveryType, "Delivered", kDelivered},
      {kDeliveryType, "DeliveryFailed", kFailed},
      {kDeliveryType, "queued", kPending},
      {kDeliveryType, "undeliverable", kUnknown},
      {kReadType, "", kRead},
      {kReadType, "READ", kRead},
      {kReadType, "delivered", kDelivered},
      {kStatusType, "", kUnknown},
      {kStatusType, "delivery-failed", kFailed},
      {kStatusType, "delivery-success", kDelivered},
      {kStatusType, "Read", kRead},
      {kStatusType, "PENDING_DELIVERY_FAIL", kTimedOut},
      {kStatusType, "Removed", kUnknown},
      {kTimeoutType, "", kTimedOut},
      {kTimeoutType, "delivered", kTimedOut},
      {"", "delivered", kUnknown},
      {"call:ended", "delivered", kUnknown},
      {"MESSAGE:DELIVERY", "delivered", kUnknown},
  };
  for (const auto& row : rows) {
    const MessageStory story = DeriveStory(std::vector{Event(7, row.type, row.word, 0)});
    EXPECT_EQ(MessageStatusName(story.status), MessageStatusName(row.status)) << row.type << " " << row.word;
    EXPECT_EQ(story.decided_by.has_value(), row.status != kUnknown);
    ASSERT_EQ(story.facts.size(), 1u);
    EXPECT_EQ(story.facts[0].status, row.status);
    EXPECT_EQ(story.facts[0].detail, row.word);
  }
}

TEST(MessageStatusTest, NothingIsUnknown) {
  EXPECT_EQ(DeriveStory({}), MessageStory());
}

TEST(MessageStatusTest, AFactKeepsEachClock) {
  MessageEntry entry = Event(3, kDeliveryType, "delivered", 10);
  entry.leaf.delivery_time = Second(9);
  const MessageStory story = DeriveStory(std::vector{entry});
  EXPECT_THAT(story.facts, ElementsAre(MessageFact{.leaf_index = 3,
                                                   .status = MessageStatus::kDelivered,
                                                   .detail = "delivered",
                                                   .event_time = Second(10),
                                                   .delivery_time = Second(9),
                                                   .receive_time = Second(910)}));
}

TEST(MessageStatusTest, ReadWinsOverEverything) {
  ExpectStory({Event(0, kSendType, "", 0), Event(1, kDeliveryType, "", 1), Event(2, kReadType, "", 2),
               Event(3, kReadType, "", 3)},
              {MessageStatus::kRead, 2});
  ExpectStory({Event(2, kReadType, "", 2), Event(1, kDeliveryType, "", 9)}, {MessageStatus::kRead, 2});
  ExpectStory({Event(2, kReadType, "", 2), Event(1, kStatusType, "failed", 9), Timeout(5, 99)},
              {MessageStatus::kRead, 2});
}

TEST(MessageStatusTest, BetweenDeliveryAndFailureTheLastWordHolds) {
  using enum MessageStatus;
  ExpectStory({Event(1, kStatusType, "failed", 1), Event(2, kDeliveryType, "", 2)}, {kDelivered, 2});
  ExpectStory({Event(1, kDeliveryType, "", 1), Event(2, kStatusType, "failed", 2)}, {kFailed, 2});
  // By the platform's clock, not by the order of arrival.
  ExpectStory({Event(9, kStatusType, "failed", 1), Event(2, kDeliveryType, "", 2)}, {kDelivered, 2});
  // The fact from which on it holds.
  ExpectStory({Event(1, kDeliveryType, "", 1), Event(2, kStatusType, "failed", 2), Event(3, kDeliveryType, "", 3),
               Event(4, kDeliveryType, "", 4)},
              {kDelivered, 3});
  ExpectStory({Event(1, kDeliveryType, "", 1), Event(2, kDeliveryType, "", 2)}, {kDelivered, 1});
  // At the same time the failure holds, whatever the order.
  ExpectStory({Event(1, kDeliveryType, "", 1), Event(2, kStatusType, "failed", 1)}, {kFailed, 2});
  ExpectStory({Event(2, kDeliveryType, "", 1), Event(1, kStatusType, "failed", 1)}, {kFailed, 1});
  ExpectStory({Event(1, kDeliveryType, "", 1), Event(2, kStatusType, "failed", 1), Event(3, kDeliveryType, "", 1)},
              {kFailed, 2});
}

TEST(MessageStatusTest, WithoutThePlatformsTimeTheAdaptersOrders) {
  MessageEntry failed = Event(1, kStatusType, "failed", 0);
  failed.leaf.event_time.reset();  // received at second 900
  ExpectStory({failed, Event(2, kDeliveryType, "", 899)}, {MessageStatus::kFailed, 1});
  ExpectStory({failed, Event(2, kDeliveryType, "", 901)}, {MessageStatus::kDelivered, 2});
}

TEST(MessageStatusTest, APendingWordTakesNothingBack) {
  ExpectStory({Event(1, kStatusType, "failed", 1), Event(2, kSendType, "sent", 2)}, {MessageStatus::kFailed, 1});
  ExpectStory({Timeout(1, 901), Event(2, kSendType, "sent", 200)}, {MessageStatus::kTimedOut, 1});
}

TEST(MessageStatusTest, ALateDeliveryKeepsBothFacts) {
  using enum MessageStatus;
  const MessageStory silent = DeriveStory(std::vector{Event(0, kSendType, "sent", 0), Timeout(1, 1000)});
  EXPECT_EQ(silent.status, kTimedOut);
  EXPECT_EQ(silent.decided_by, 1);
  EXPECT_FALSE(silent.late_delivery);

  // It happened before the timeout and was heard of after it.
  const MessageStory late =
      DeriveStory(std::vector{Event(0, kSendType, "sent", 0), Timeout(1, 1000), Event(2, kDeliveryType, "", 200)});
  EXPECT_EQ(late.status, kDelivered);
  EXPECT_TRUE(late.late_delivery);
  EXPECT_EQ(late.facts.size(), 3u);

  const MessageStory read = DeriveStory(std::vector{Timeout(1, 1000), Event(2, kReadType, "", 200)});
  EXPECT_EQ(read.status, kRead);
  EXPECT_TRUE(read.late_delivery);

  // One delivery in time is in time.
  const MessageStory early =
      DeriveStory(std::vector{Timeout(1, 1000), Event(2, kDeliveryType, "", 50), Event(3, kDeliveryType, "", 300)});
  EXPECT_FALSE(early.late_delivery);

  const MessageStory failed = DeriveStory(
      std::vector{Timeout(1, 1000), Event(2, kDeliveryType, "", 200), Event(3, kStatusType, "failed", 300)});
  EXPECT_EQ(failed.status, kFailed);
  EXPECT_TRUE(failed.late_delivery);
}

TEST(MessageStatusTest, OnlyEnvelopesDecideAndConflictsAreCounted) {
  std::vector<MessageEntry> entries = {Event(0, kSendType, "sent", 0)};
  for (const EntryKind kind : {EntryKind::kConflict, EntryKind::kConflict, EntryKind::kExcluded,
                               EntryKind::kQuarantined, EntryKind::kReconciliation, EntryKind::kGovernance,
                               EntryKind::kAccess, EntryKind::kHeartbeat, EntryKind::kStatus}) {
    entries.push_back(Event(static_cast<int64_t>(entries.size()), kDeliveryType, "delivered", 5));
    entries.back().leaf.kind = kind;
  }
  const MessageStory story = DeriveStory(entries);
  EXPECT_EQ(story.status, MessageStatus::kPending);
  EXPECT_EQ(story.decided_by, 0);
  EXPECT_EQ(story.conflict_count, 2);
  EXPECT_EQ(story.facts.size(), entries.size());
}

TEST(MessageStatusTest, WithoutItsBytesAnEventClaimsNoOutcome) {
  using enum MessageStatus;
  const auto disposed = [](MessageEntry entry) {
    entry.raw.reset();
    return entry;
  };
  ExpectStory({disposed(Event(1, kSendType, "sent", 0))}, {kPending, 1});
  ExpectStory({disposed(Event(1, kDeliveryType, "failed", 0))}, {kUnknown, std::nullopt});
  ExpectStory({disposed(Event(1, kReadType, "read", 0))}, {kUnknown, std::nullopt});
  ExpectStory({disposed(Timeout(1, 0))}, {kTimedOut, 1});
}

TEST(MessageStatusTest, UnreadableBytesSayNothing) {
  MessageEntry entry = Event(1, kDeliveryType, "", 0);
  for (const std::string_view body :
       {"", "{", "\xFF", R"({"status":1})", R"({"status":"delivered","status":"delivered"})"}) {
    entry.raw = body;
    ExpectStory({entry}, {MessageStatus::kUnknown, std::nullopt});
  }
}

TEST(MessageStatusTest, FactsAreInTheOrderOfLife) {
  const MessageStory story =
      DeriveStory(std::vector{Event(5, kReadType, "", 30), Event(4, kSendType, "", 10), Timeout(9, 20),
                              Event(3, kDeliveryType, "", 20), Event(2, kStatusType, "sent", 20)});
  std::vector<int64_t> indexes;
  for (const MessageFact& fact : story.facts) {
    indexes.push_back(fact.leaf_index);
  }
  EXPECT_THAT(indexes, ElementsAre(4, 2, 3, 9, 5));
}

TEST(MessageStatusTest, NeitherOrderNorRepeatsMatter) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  const std::string_view types[] = {kSendType,   kDeliveryType, kReadType,    kStatusType,
                                    kStatusType, kDeliveryType, kTimeoutType, "other"};
  const std::string_view words[] = {"", "sent", "delivered", "failed", "odd", "DeliveryFailed"};
  for (int round = 0; round < 300; ++round) {
    std::vector<MessageEntry> entries;
    const size_t count = random() % 7;
    for (size_t i = 0; i < count; ++i) {
      entries.push_back(Event(static_cast<int64_t>(random() % 10'000), types[random() % std::size(types)],
                              words[random() % std::size(words)], static_cast<int64_t>(random() % 4)));
      if (random() % 5 == 0) {
        entries.back().leaf.kind = EntryKind::kConflict;
      }
      if (random() % 5 == 0) {
        entries.back().leaf.event_time.reset();
      }
    }
    const MessageStory story = DeriveStory(entries);
    std::shuffle(entries.begin(), entries.end(), random);
    EXPECT_EQ(DeriveStory(entries), story);
    entries.insert(entries.end(), entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(entries.size() / 2));
    for (size_t i = count; i < entries.size(); ++i) {
      entries[i].raw.reset();  // given once more, without its bytes
    }
    std::shuffle(entries.begin(), entries.end(), random);
    EXPECT_EQ(DeriveStory(entries), story);
  }
}

// Whoever keeps facts and tells the story later says what whoever reads the entries says.
TEST(MessageStatusTest, FactsKeptTellTheSameStory) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  const std::string_view types[] = {kSendType, kDeliveryType, kReadType, kStatusType, kTimeoutType, "other"};
  const std::string_view words[] = {"", "sent", "delivered", "failed", "odd", "PENDING_DELIVERY_FAIL"};
  const StatusWordReader reader;
  for (int round = 0; round < 300; ++round) {
    std::vector<MessageEntry> entries;
    std::vector<MessageFact> facts;
    int conflict_count = 0;
    for (int64_t index = 0; index < static_cast<int64_t>(random() % 8); ++index) {
      MessageEntry entry = random() % 6 == 0
                               ? Timeout(index, static_cast<int64_t>(random() % 2000))
                               : Event(index, types[random() % std::size(types)], words[random() % std::size(words)],
                                       static_cast<int64_t>(random() % 4));
      entry.leaf.kind = random() % 6 == 0 ? EntryKind::kConflict : entry.leaf.kind;
      conflict_count += entry.leaf.kind == EntryKind::kConflict ? 1 : 0;
      if (random() % 5 == 0) {
        entry.leaf.event_time.reset();
      }
      if (random() % 5 == 0) {
        entry.raw.reset();
      }
      facts.push_back(FactOf(entry, reader));
      entries.push_back(std::move(entry));
    }
    std::shuffle(facts.begin(), facts.end(), random);
    EXPECT_EQ(TellStory(std::move(facts), conflict_count), DeriveStory(entries));
  }
}

TEST(MessageStatusTest, AFactSaysWhatItsEntrySays) {
  const StatusWordReader reader;
  const MessageEntry entry = Event(3, kDeliveryType, "DeliveryFailed", 10);
  EXPECT_EQ(FactOf(entry, reader), (MessageFact{.leaf_index = 3,
                                                .status = MessageStatus::kFailed,
                                                .detail = "DeliveryFailed",
                                                .event_time = Second(10),
                                                .receive_time = Second(910)}));
  EXPECT_EQ(FactOf(Timeout(4, 5), reader).status, MessageStatus::kTimedOut);
  EXPECT_EQ(TellStory({}, 0), MessageStory());
  EXPECT_EQ(TellStory({}, 2).conflict_count, 2);
}

}  // namespace
}  // namespace affidavit
