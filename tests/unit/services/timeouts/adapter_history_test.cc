#include "services/timeouts/adapter_history.h"

#include <gmock/gmock.h>

namespace affidavit::timeouts {
namespace {

using std::chrono::seconds;

constexpr TimePoint kEpoch{seconds(1'800'000'000)};

TimePoint T(int second) {
  return kEpoch + seconds(second);
}

db::KnownAdapter Seen(const std::string& id, int second) {
  return {.adapter_id = id, .last_seen_time = T(second)};
}

constexpr seconds kSightingDelay{2};

db::KnownAdapter Spooling(const std::string& id, int second, int spooled) {
  return {.adapter_id = id, .last_seen_time = T(second), .oldest_spooled_receive_time = T(spooled)};
}

db::KnownAdapter Retired(const std::string& id, int second) {
  return {.adapter_id = id, .last_seen_time = T(second), .oldest_spooled_receive_time = T(0), .retire_time = T(second)};
}

TEST(HandedOverUntil, IsTheLeastThatAnAdapterInServiceSays) {
  EXPECT_EQ(HandedOverUntil({}, kSightingDelay), TimePoint::max());
  const std::vector<db::KnownAdapter> adapters = {Seen("a", 100), Seen("b", 90)};
  EXPECT_EQ(HandedOverUntil(adapters, kSightingDelay), T(90) - kSightingDelay);
  const std::vector<db::KnownAdapter> spooling = {Seen("a", 100), Spooling("b", 100, 50), Retired("c", 1)};
  EXPECT_EQ(HandedOverUntil(spooling, kSightingDelay), T(50));
  const std::vector<db::KnownAdapter> spooling_late = {Spooling("b", 100, 101)};
  EXPECT_EQ(HandedOverUntil(spooling_late, kSightingDelay), T(100) - kSightingDelay);
}

TEST(HoldingAdapters, AreSilentOrSpoolWhatIsOlder) {
  const std::vector<db::KnownAdapter> adapters = {Spooling("z", 100, 60), Seen("quiet", 69), Seen("well", 70),
                                                  Retired("gone", 1), Spooling("later", 100, 80)};
  EXPECT_THAT(HoldingAdapters(adapters, T(100), seconds(30), T(80)), ::testing::ElementsAre("quiet", "z"));
  EXPECT_TRUE(IsAnySilent(adapters, T(100), seconds(30)));
  EXPECT_FALSE(IsAnySilent(adapters, T(100), seconds(31)));
  EXPECT_FALSE(IsAnySilent({}, T(100), seconds(1)));
}

TEST(AdapterHistory, KnowsNothingBeforeTheProjectionsReachASighting) {
  AdapterHistory history(kSightingDelay);
  EXPECT_EQ(history.SettledUntil(T(100)), std::nullopt);
  const std::vector<db::KnownAdapter> at_100 = {Seen("a", 98)};
  history.Note(T(100), at_100);
  EXPECT_EQ(history.SettledUntil(T(99)), std::nullopt);
  EXPECT_EQ(history.SettledUntil(T(100)), T(98) - kSightingDelay);
}

TEST(AdapterHistory, GoesByTheLastSightingThatIsFolded) {
  AdapterHistory history(kSightingDelay);
  const std::vector<db::KnownAdapter> spooling = {Spooling("a", 100, 10)};
  const std::vector<db::KnownAdapter> drained = {Seen("a", 105)};
  history.Note(T(100), spooling);
  history.Note(T(105), drained);
  // What was drained between the two may not be folded yet.
  EXPECT_EQ(history.SettledUntil(T(104)), T(10));
  EXPECT_EQ(history.SettledUntil(T(105)), T(105) - kSightingDelay);
  // A reindex: nothing is settled until the projections are here again.
  EXPECT_EQ(history.SettledUntil(T(104)), std::nullopt);
}

TEST(AdapterHistory, WithoutAdaptersIsWhatIsFolded) {
  AdapterHistory history(kSightingDelay);
  history.Note(T(100), {});
  EXPECT_EQ(history.SettledUntil(T(120)), T(120));
}

TEST(AdapterHistory, KeepsTheOldestWhenTheProjectionsAreFarBehind) {
  AdapterHistory history(kSightingDelay);
  for (int second = 0; second < 10'000; ++second) {
    const std::vector<db::KnownAdapter> adapters = {Seen("a", second)};
    history.Note(T(second), adapters);
  }
  EXPECT_EQ(history.SettledUntil(T(0)), T(0) - kSightingDelay);
  EXPECT_EQ(history.SettledUntil(T(20'000)), T(9'999) - kSightingDelay);
}

}  // namespace
}  // namespace affidavit::timeouts
