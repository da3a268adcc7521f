#include "cli/simulate/scenario.h"

#include <algorithm>
#include <map>
#include <set>

#include "boost/json/parse.hpp"
#include "core/envelope/admission.h"
#include "core/envelope/profile.h"
#include "gtest/gtest.h"

namespace affidavit::simulate {
namespace {

ScenarioOptions Options(int64_t post_count, uint64_t seed = 1) {
  return {.seed = seed,
          .run_id = "test",
          .start_time = TimePoint(std::chrono::seconds(1'795'492'054)),
          .rate = 200,
          .post_count = post_count};
}

std::vector<Post> Play(const ScenarioOptions& options) {
  EXPECT_TRUE(CheckScenario(options).ok());
  Scenario scenario(options);
  std::vector<Post> posts;
  while (std::optional<Post> post = scenario.Next()) {
    posts.push_back(*std::move(post));
  }
  return posts;
}

bool IsRepeat(const Post& post) {
  return post.identity != post.number;
}

double Share(const std::vector<Post>& posts, Expected expected) {
  const auto count = std::count_if(posts.begin(), posts.end(),
                                   [&](const Post& post) { return !IsRepeat(post) && post.expected == expected; });
  return static_cast<double>(count) / static_cast<double>(posts.size());
}

// The events of each message, in the order in which they are posted.
struct Event {
  std::string type, status;
  TimePoint timestamp;
  std::optional<TimePoint> delivery_time;
  std::string channel;
};
std::map<std::string, std::vector<Event>> ByMessage(const std::vector<Post>& posts) {
  std::map<std::string, std::vector<Event>> messages;
  for (const Post& post : posts) {
    if (IsRepeat(post) || post.expected != Expected::kAccepted) {
      continue;
    }
    const boost::json::value body = boost::json::parse(post.body);
    const auto text = [](const boost::json::value& value) { return std::string(value.as_string()); };
    const boost::json::value& message = body.at("message");
    Event event{.type = text(body.at("type")),
                .status = text(message.at("status")),
                .timestamp = ParseRfc3339(text(body.at("timestamp"))).value(),
                .channel = text(message.at("channel"))};
    if (const boost::json::value* time = message.as_object().if_contains("deliveryTimestamp")) {
      event.delivery_time = ParseRfc3339(text(*time));
    }
    messages[text(message.at("id"))].push_back(event);
  }
  return messages;
}

TEST(ScenarioTest, TheSameOptionsGiveTheSameBytes) {
  const std::vector<Post> first = Play(Options(3'000)), second = Play(Options(3'000));
  ASSERT_EQ(first.size(), 3'000U);
  ASSERT_EQ(second.size(), 3'000U);
  for (size_t i = 0; i < first.size(); ++i) {
    ASSERT_EQ(first[i].body, second[i].body) << i;
    ASSERT_EQ(first[i].due, second[i].due) << i;
    ASSERT_EQ(first[i].forgery, second[i].forgery) << i;
  }
}

TEST(ScenarioTest, AnotherSeedRunOrNumberSharesNoId) {
  std::set<std::string> ids;
  size_t count = 0;
  ScenarioOptions other_seed = Options(500, 2), other_run = Options(500), later = Options(500);
  other_run.run_id = "another";
  later.first_number = 500;
  for (const ScenarioOptions& options : {Options(500), other_seed, other_run, later}) {
    std::set<std::string> own;
    for (const Post& post : Play(options)) {
      own.insert(post.event_id);
    }
    own.erase("");
    count += own.size();
    ids.insert(own.begin(), own.end());
  }
  EXPECT_EQ(ids.size(), count);
}

TEST(ScenarioTest, EveryEventHasAnIdOfItsOwn) {
  std::set<std::string> ids, bodies;
  for (const Post& post : Play(Options(5'000))) {
    if (IsRepeat(post) || post.expected == Expected::kConflict) {
      continue;
    }
    EXPECT_TRUE(bodies.insert(post.body).second) << post.number;
    if (!post.event_id.empty()) {
      EXPECT_TRUE(ids.insert(post.event_id).second) << post.event_id;
    }
  }
}

TEST(ScenarioTest, RepeatsHaveTheVeryBytesOfTheirFirst) {
  std::map<int64_t, Post> firsts;
  int64_t repeats = 0;
  for (const Post& post : Play(Options(5'000))) {
    if (!IsRepeat(post)) {
      firsts[post.number] = post;
      continue;
    }
    ++repeats;
    const Post& first = firsts.at(post.identity);
    EXPECT_EQ(post.body, first.body);
    EXPECT_EQ(post.expected, first.expected);
    EXPECT_EQ(post.after, first.after);
    EXPECT_EQ(post.forgery, Forgery::kNone);
  }
  EXPECT_NEAR(static_cast<double>(repeats) / 5'000, 0.05, 0.01);
}

TEST(ScenarioTest, ConflictsReuseAnIdThatIsPostedBefore) {
  std::map<int64_t, Post> firsts;
  ScenarioOptions options = Options(5'000);
  options.shares.conflicts = 0.05;
  for (const Post& post : Play(options)) {
    if (!IsRepeat(post)) {
      firsts[post.number] = post;
    }
    if (post.expected == Expected::kConflict) {
      const Post& original = firsts.at(post.after.value());
      EXPECT_EQ(original.expected, Expected::kAccepted);
      EXPECT_EQ(post.event_id, original.event_id);
      EXPECT_NE(post.body, original.body);
      EXPECT_EQ(boost::json::parse(post.body).at("id"), boost::json::parse(original.body).at("id"));
    }
  }
}

TEST(ScenarioTest, SharesOfPostsAreAsAsked) {
  ScenarioOptions options = Options(15'000);
  options.shares = {.repeats = 0.1, .noise = 0.08, .conflicts = 0.02, .broken = 0.03, .forged = 0.04};
  const std::vector<Post> posts = Play(options);
  EXPECT_NEAR(Share(posts, Expected::kExcluded), 0.08, 0.01);
  EXPECT_NEAR(Share(posts, Expected::kConflict), 0.02, 0.005);
  EXPECT_NEAR(Share(posts, Expected::kQuarantined), 0.03, 0.006);
  EXPECT_NEAR(Share(posts, Expected::kUnauthorized), 0.04, 0.007);
}

TEST(ScenarioTest, SharesOfMessagesAreAsAsked) {
  ScenarioOptions options = Options(15'000);
  options.shares = {.failures = 0.1, .silent = 0.05, .drift = 0.2, .out_of_order = 0};
  double failed = 0, silent = 0, delivered = 0, drifted = 0, total = 0;
  std::map<std::string, int> channels;
  for (const auto& [id, events] : ByMessage(Play(options))) {
    ++total;
    ++channels[events[0].channel];
    ASSERT_EQ(events[0].type, "message:send");
    silent += events.size() == 1 ? 1 : 0;
    failed += events.back().status == "failed" ? 1 : 0;
    if (events.size() > 1 && events[1].type == "message:delivery") {
      ++delivered;
      const auto gap = events[1].timestamp - events[1].delivery_time.value();
      drifted += gap > std::chrono::seconds(5) || gap < -std::chrono::seconds(5) ? 1 : 0;
    }
  }
  EXPECT_NEAR(failed / total, 0.1, 0.015);
  EXPECT_NEAR(silent / total, 0.05, 0.015);
  EXPECT_NEAR(drifted / delivered, 0.2, 0.02);
  EXPECT_EQ(channels.size(), 4U);
}

TEST(ScenarioTest, MessagesAreCompleteAndInOrderUnlessAskedOtherwise) {
  ScenarioOptions options = Options(5'000);
  options.shares = {.repeats = 0,
                    .noise = 0,
                    .conflicts = 0,
                    .broken = 0,
                    .forged = 0,
                    .failures = 0,
                    .silent = 0,
                    .out_of_order = 0};
  for (const auto& [id, events] : ByMessage(Play(options))) {
    if (events.size() == 1) {
      continue;  // only the last of all may be cut short; counted below
    }
    EXPECT_EQ(events[0].type, "message:send");
    EXPECT_EQ(events[1].type, "message:delivery");
    EXPECT_LE(events[0].timestamp, events[1].timestamp);
  }
  const auto messages = ByMessage(Play(options));
  EXPECT_LE(std::count_if(messages.begin(), messages.end(), [](const auto& item) { return item.second.size() == 1; }),
            2);
}

TEST(ScenarioTest, OutOfOrderMeansThatTwoEventsOfAMessageSwap) {
  ScenarioOptions options = Options(6'000);
  options.shares = {.repeats = 0, .failures = 0, .silent = 0, .out_of_order = 0.3};
  double swapped = 0, total = 0;
  for (const auto& [id, events] : ByMessage(Play(options))) {
    ++total;
    swapped += std::is_sorted(events.begin(), events.end(),
                              [](const Event& a, const Event& b) { return a.timestamp < b.timestamp; })
                   ? 0
                   : 1;
  }
  EXPECT_NEAR(swapped / total, 0.3, 0.05);
}

TEST(ScenarioTest, PostsKeepTheRate) {
  const std::vector<Post> posts = Play(Options(1'000));
  for (size_t i = 0; i < posts.size(); ++i) {
    EXPECT_EQ(posts[i].due.count(), static_cast<int64_t>(i) * 5'000) << i;
    EXPECT_EQ(posts[i].number, static_cast<int64_t>(i));
  }
}

TEST(ScenarioTest, NothingHappensAfterItIsReported) {
  const ScenarioOptions options = Options(5'000);
  for (const Post& post : Play(options)) {
    if (post.expected != Expected::kAccepted || IsRepeat(post)) {
      continue;
    }
    const auto timestamp = ParseRfc3339(std::string(boost::json::parse(post.body).at("timestamp").as_string())).value();
    EXPECT_LE(timestamp, options.start_time + post.due) << post.number;
  }
}

// The scenario's expectations against the admission that the ledger runs.
TEST(ScenarioTest, AdmissionAgreesWithEveryExpectation) {
  const Profile profile = BuiltinProfile("default").value();
  ScenarioOptions options = Options(4'000);
  options.shares.noise = 0.1;
  options.shares.broken = 0.1;
  std::set<std::string> reasons;
  for (const Post& post : Play(options)) {
    const Admission admission = Admit(profile, post.body);
    switch (post.expected) {
      case Expected::kAccepted:
      case Expected::kConflict:
      case Expected::kUnauthorized:
        ASSERT_EQ(admission.kind, EntryKind::kEnvelope) << post.body;
        EXPECT_EQ(admission.event_id, post.event_id);
        EXPECT_TRUE(admission.flags.empty()) << post.body;
        break;
      case Expected::kExcluded:
        ASSERT_EQ(admission.kind, EntryKind::kExcluded) << post.body;
        reasons.insert(admission.reason);
        break;
      case Expected::kQuarantined:
        ASSERT_EQ(admission.kind, EntryKind::kQuarantined) << post.body;
        reasons.insert(admission.reason);
        break;
    }
  }
  EXPECT_EQ(reasons,
            (std::set<std::string>{"channel", "direction", "duplicate_key", "id_missing", "id_unsound", "not_json"}));
}

TEST(ScenarioTest, BodiesAreAboutAsLargeAsAsked) {
  for (const Post& post : Play(Options(2'000))) {
    if (post.expected == Expected::kAccepted) {
      EXPECT_NEAR(static_cast<double>(post.body.size()), 1024, 64) << post.body;
    }
  }
}

TEST(ScenarioTest, ShortRunsEndToo) {
  for (int64_t count = 0; count < 12; ++count) {
    EXPECT_EQ(Play(Options(count)).size(), static_cast<size_t>(count));
  }
}

TEST(CheckScenarioTest, RefusesWhatCannotBePlayed) {
  ScenarioOptions options = Options(1);
  options.shares.noise = 1.5;
  EXPECT_FALSE(CheckScenario(options).ok());
  options.shares.noise = 0.9;
  EXPECT_FALSE(CheckScenario(options).ok());
  options = Options(1);
  options.shares.failures = 0.6;
  options.shares.silent = 0.6;
  EXPECT_FALSE(CheckScenario(options).ok());
  options = Options(1);
  options.rate = 0;
  EXPECT_FALSE(CheckScenario(options).ok());
}

}  // namespace
}  // namespace affidavit::simulate
