#include "services/timeouts/decision.h"

#include <gmock/gmock.h>

namespace affidavit::timeouts {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr TimePoint kStart{seconds(1'800'000'000)};

TimePoint At(int second) {
  return kStart + seconds(second);
}

OverdueSend Send(const std::string& id, int counted_from, int threshold = 120) {
  return {.send = {.source = "genesys",
                   .message_id = "m-" + id,
                   .channel = "SMS",
                   .event_id = id,
                   .leaf_index = 7,
                   .counted_from_time = At(counted_from),
                   .receive_time = At(counted_from),
                   .integrate_time = At(counted_from)},
          .threshold = seconds(threshold)};
}

db::KnownAdapter Adapter(const std::string& id, int last_seen, std::optional<int> spooled = {}) {
  db::KnownAdapter adapter{.adapter_id = id, .last_seen_time = At(last_seen)};
  if (spooled) {
    adapter.oldest_spooled_receive_time = At(*spooled);
  }
  return adapter;
}

std::vector<std::string> IdsOf(const Decision& decision) {
  std::vector<std::string> ids;
  for (const OverdueSend& overdue : decision.to_mark) {
    ids.push_back(overdue.send.event_id);
  }
  return ids;
}

TEST(GroupsOf, AreAllChannelsButThoseThatAreOff) {
  TimeoutsOptions options;
  options.channels = {{"A", seconds(5)}, {"B", std::nullopt}, {"C", seconds(5)}, {"D", seconds(6)}};
  const auto groups = GroupsOf(options);
  ASSERT_EQ(groups.size(), 3U);
  EXPECT_EQ(groups[0].match, db::ChannelMatch::kAllBut);
  EXPECT_THAT(groups[0].channels, ElementsAre("A", "B", "C", "D"));
  EXPECT_EQ(groups[0].threshold, seconds(120));
  EXPECT_EQ(groups[1].match, db::ChannelMatch::kOnly);
  EXPECT_THAT(groups[1].channels, ElementsAre("A", "C"));
  EXPECT_EQ(groups[1].threshold, seconds(5));
  EXPECT_THAT(groups[2].channels, ElementsAre("D"));
  EXPECT_THAT(GroupsOf({}).front().channels, IsEmpty());
}

TEST(Decide, MarksWhatIsDueToTheMicrosecond) {
  const Situation situation{.database_time = At(200),
                            .settled_until = At(150),
                            .adapters = {Adapter("a", 200)},
                            .sends = {Send("late", 31), Send("just", 30), Send("long", 0, 151), Send("old", 0)}};
  const Decision decision = Decide({}, situation, 100);
  EXPECT_THAT(IdsOf(decision), ElementsAre("old", "just"));
  EXPECT_FALSE(decision.more);
  EXPECT_THAT(decision.holding_adapter_ids, IsEmpty()) << "only the projections are waited for";
  EXPECT_EQ(decision.oldest_due_age, seconds(49));
}

TEST(Decide, MarksTheOldestFirstAndSaysThatThereIsMore) {
  const Situation situation{
      .database_time = At(500), .settled_until = At(500), .sends = {Send("c", 3), Send("a", 100, 1), Send("b", 2)}};
  const Decision decision = Decide({}, situation, 2);
  EXPECT_THAT(IdsOf(decision), ElementsAre("a", "b"));
  EXPECT_TRUE(decision.more);
  EXPECT_EQ(decision.oldest_due_age, seconds(500 - 123));
  EXPECT_FALSE(Decide({}, situation, 3).more);
  EXPECT_EQ(Decide({}, situation, 3).oldest_due_age, seconds(0));
}

TEST(Decide, MarksNothingBeforeAnythingIsSettled) {
  const Situation situation{.database_time = At(500), .settled_until = std::nullopt, .sends = {Send("a", 0)}};
  EXPECT_THAT(IdsOf(Decide({}, situation, 100)), IsEmpty());
  EXPECT_EQ(Decide({}, situation, 100).oldest_due_age, seconds(380));
}

TEST(Decide, WaitsForASilentAdapterThatIsNotRetired) {
  Situation situation{.database_time = At(500),
                      .settled_until = At(500),
                      .adapters = {Adapter("well", 499), Adapter("quiet", 469)},
                      .sends = {Send("a", 0)}};
  EXPECT_THAT(IdsOf(Decide({}, situation, 100)), IsEmpty());
  EXPECT_THAT(Decide({}, situation, 100).holding_adapter_ids, ElementsAre("quiet"));
  situation.adapters[1].retire_time = At(480);
  EXPECT_THAT(IdsOf(Decide({}, situation, 100)), ElementsAre("a"));
  situation.adapters[1] = Adapter("quiet", 470);
  EXPECT_THAT(IdsOf(Decide({}, situation, 100)), ElementsAre("a")) << "30 seconds are not more than 30 seconds";
}

TEST(Decide, WaitsForASpoolOnlyWithWhatIsDueAfterItsOldest) {
  const Situation situation{.database_time = At(500),
                            .settled_until = At(490),
                            .adapters = {Adapter("a", 499), Adapter("b", 499, 250)},
                            .sends = {Send("before", 130), Send("after", 131)}};
  const Decision decision = Decide({}, situation, 100);
  EXPECT_THAT(IdsOf(decision), ElementsAre("before"));
  EXPECT_THAT(decision.holding_adapter_ids, ElementsAre("b"));
}

TEST(Decide, WaitsForEachAdaptersNextSignOfLifeAndCallsThatNoHoldup) {
  Situation situation{
      .database_time = At(140), .settled_until = At(140), .adapters = {Adapter("a", 131)}, .sends = {Send("x", 0)}};
  EXPECT_THAT(IdsOf(Decide({}, situation, 100)), IsEmpty());
  EXPECT_THAT(Decide({}, situation, 100).holding_adapter_ids, IsEmpty());
  situation.adapters = {Adapter("a", 132)};
  EXPECT_THAT(IdsOf(Decide({}, situation, 100)), ElementsAre("x"));
}

TEST(Decide, NothingDueIsHeldUpByNobody) {
  const Situation situation{.database_time = At(500), .settled_until = At(500), .adapters = {Adapter("quiet", 0)}};
  EXPECT_THAT(Decide({}, situation, 100).holding_adapter_ids, IsEmpty());
  EXPECT_EQ(Decide({}, situation, 100).oldest_due_age, seconds(0));
}

TEST(MakeTimeoutRecord, SaysWhatItIsAbout) {
  OverdueSend overdue = Send("e-1", 0, 90);
  overdue.send.correlation_id = "c-1";
  overdue.send.event_time = At(-1);
  overdue.send.receive_time = At(-2);
  overdue.send.integrate_time = At(-3);
  const records::Record record = MakeTimeoutRecord(overdue, "worker-1");
  EXPECT_EQ(record.kind, EntryKind::kStatus);
  EXPECT_EQ(record.source, "genesys");
  EXPECT_EQ(record.idempotency_key, "e-1");
  EXPECT_EQ(record.event_type, "message:status:timeout");
  EXPECT_EQ(record.channel, "SMS");
  EXPECT_EQ(record.message_id, "m-e-1");
  EXPECT_EQ(record.correlation_id, "c-1");
  EXPECT_EQ(record.event_time, At(90));
  EXPECT_EQ(record.payload,
            R"({"channel":"SMS","correlation_id":"c-1","counted_from_time":"2027-01-15T08:00:00.000000Z",)"
            R"("due_time":"2027-01-15T08:01:30.000000Z","event_type":"message:status:timeout","message_id":"m-e-1",)"
            R"("send":{"event_id":"e-1","event_time":"2027-01-15T07:59:59.000000Z",)"
            R"("integrate_time":"2027-01-15T07:59:57.000000Z","leaf_index":7,)"
            R"("receive_time":"2027-01-15T07:59:58.000000Z"},"source":"genesys","status":"PENDING_DELIVERY_FAIL",)"
            R"("threshold_seconds":90,"v":1,"worker_id":"worker-1"})");
}

TEST(MakeTimeoutRecord, LeavesOutWhatIsNotKnown) {
  OverdueSend overdue = Send("e-1", 0);
  overdue.send.channel = "";
  const records::Record record = MakeTimeoutRecord(overdue, "worker-1");
  EXPECT_EQ(record.channel, "");
  EXPECT_EQ(record.correlation_id, "");
  for (const char* name : {"\"channel\"", "\"correlation_id\"", "\"event_time\""}) {
    EXPECT_THAT(record.payload, ::testing::Not(::testing::HasSubstr(name)));
  }
}

}  // namespace
}  // namespace affidavit::timeouts
