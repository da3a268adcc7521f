// What a scenario says that it injects, against the bytes that it posts.
#include <algorithm>
#include <map>
#include <set>

#include "boost/json/parse.hpp"
#include "cli/simulate/scenario.h"
#include "gtest/gtest.h"

namespace affidavit::simulate {
namespace {

namespace json = boost::json;

struct Told {
  Post post;
  json::object body;

  std::string Text(std::string_view member) const { return std::string(body.at(member).as_string()); }
  const json::object& message() const { return body.at("message").as_object(); }
  TimePoint time() const { return ParseRfc3339(Text("timestamp")).value(); }
};

ScenarioOptions Injecting(int64_t post_count, uint64_t seed = 7) {
  ScenarioOptions options{.seed = seed,
                          .run_id = "test",
                          .start_time = TimePoint(std::chrono::microseconds(1'795'492'054'123'456)),
                          .rate = 200,
                          .post_count = post_count,
                          .schema_change = true};
  options.shares.silent = 0.1;
  options.shares.drift = 0.1;
  options.shares.unconsented = 0.3;
  options.shares.out_of_order = 0.2;
  options.shares.shape_drift = 0.1;
  return options;
}

// Accepted events, first posts only, in the order in which they are posted.
std::vector<Told> TellAll(const ScenarioOptions& options) {
  Scenario scenario(options);
  std::vector<Told> told;
  while (const std::optional<Post> post = scenario.Next()) {
    if (post->expected == Expected::kAccepted && post->identity == post->number) {
      told.push_back({*post, json::parse(post->body).as_object()});
    }
  }
  return told;
}

std::map<std::string, std::vector<Told>> MessagesOf(const ScenarioOptions& options) {
  std::map<std::string, std::vector<Told>> messages;
  for (Told& told : TellAll(options)) {
    messages[std::string(told.message().at("id").as_string())].push_back(std::move(told));
  }
  return messages;
}

// Runs of every length, so that they end at every place of a message.
std::vector<ScenarioOptions> Runs() {
  std::vector<ScenarioOptions> runs = {Injecting(4'000)};
  for (int64_t count = 1; count < 60; ++count) {
    runs.push_back(Injecting(count, static_cast<uint64_t>(count)));
  }
  return runs;
}

TEST(InjectedScenarioTest, SilentIsASendThatNothingFollows) {
  for (const ScenarioOptions& options : Runs()) {
    for (const auto& [id, events] : MessagesOf(options)) {
      const bool is_silent = events.size() == 1 && events[0].Text("type") == "message:send";
      for (const Told& event : events) {
        EXPECT_EQ(event.post.injections.Has(Injection::kSilent), is_silent) << id << " of " << options.post_count;
      }
    }
  }
}

TEST(InjectedScenarioTest, OutOfOrderIsAnEventAfterALaterOneOfItsMessage) {
  for (const ScenarioOptions& options : Runs()) {
    for (const auto& [id, events] : MessagesOf(options)) {
      TimePoint newest{};
      int count = 0;
      for (const Told& event : events) {
        EXPECT_EQ(event.post.injections.Has(Injection::kOutOfOrder), event.time() < newest) << id;
        count += event.time() < newest ? 1 : 0;
        newest = std::max(newest, event.time());
      }
      EXPECT_LE(count, 1) << "one such event a message, so that events and messages count alike";
    }
  }
}

TEST(InjectedScenarioTest, DriftingIsWhatTheBytesSay) {
  int64_t drifting = 0;
  for (const ScenarioOptions& options : Runs()) {
    for (const Told& event : TellAll(options)) {
      const json::value* carrier = event.message().if_contains("deliveryTimestamp");
      const bool drifts = carrier != nullptr &&
                          std::chrono::abs(ParseRfc3339(std::string(carrier->as_string())).value() - event.time()) >
                              std::chrono::seconds(5);
      EXPECT_EQ(event.post.injections.Has(Injection::kDrifting), drifts) << event.post.body;
      drifting += drifts ? 1 : 0;
    }
  }
  EXPECT_GT(drifting, 100);
}

TEST(InjectedScenarioTest, UnconsentedIsAReadThatIsNotGranted) {
  std::set<std::string> said;
  for (const Told& event : TellAll(Injecting(4'000))) {
    const json::value* consent = event.message().at("metadata").as_object().if_contains("read_consent");
    const std::string word = consent == nullptr ? "" : std::string(consent->as_string());
    const bool is_read = event.Text("type") == "message:read";
    EXPECT_TRUE(is_read || consent == nullptr) << "only read events say it";
    EXPECT_EQ(event.post.injections.Has(Injection::kUnconsented), is_read && word != "granted");
    if (is_read) {
      said.insert(word);
    }
  }
  EXPECT_EQ(said, (std::set<std::string>{"granted", "denied", ""}));
}

TEST(InjectedScenarioTest, TheSecondHalfIsOfTheSecondVersion) {
  const ScenarioOptions options = Injecting(4'000);
  for (const Told& event : TellAll(options)) {
    const bool is_second = event.post.number >= options.post_count / 2;
    EXPECT_EQ(event.post.schema_version, is_second ? "1.1" : "1.0");
    EXPECT_EQ(event.Text("version"), event.post.schema_version);
    EXPECT_EQ(event.message().contains("locale"), is_second);
    EXPECT_EQ(event.message().contains("template"), !is_second);
    const bool has_extra = event.message().contains("campaign");
    EXPECT_EQ(event.post.injections.Has(Injection::kShapeDrift), has_extra);
    EXPECT_FALSE(is_second && has_extra);
  }
}

TEST(InjectedScenarioTest, WithoutBeingAskedThereIsOneVersionOfOneShape) {
  ScenarioOptions options = Injecting(2'000);
  options.schema_change = false;
  options.shares.shape_drift = 0;
  for (const Told& event : TellAll(options)) {
    EXPECT_EQ(event.Text("version"), "1.0");
    EXPECT_FALSE(event.message().contains("campaign"));
  }
}

TEST(InjectedScenarioTest, OnlyTextMessagesHaveACarrier) {
  std::set<std::string> carriers;
  for (const Told& event : TellAll(Injecting(2'000))) {
    const std::string channel(event.message().at("channel").as_string());
    ASSERT_EQ(event.message().contains("carrier"), channel == "SMS" || channel == "MMS") << channel;
    if (const json::value* carrier = event.message().if_contains("carrier")) {
      carriers.insert(std::string(carrier->as_string()));
    }
  }
  EXPECT_EQ(carriers.size(), 3U);
}

TEST(InjectedScenarioTest, TheSameOptionsInjectTheSame) {
  const std::vector<Told> first = TellAll(Injecting(1'000)), second = TellAll(Injecting(1'000));
  ASSERT_EQ(first.size(), second.size());
  for (size_t i = 0; i < first.size(); ++i) {
    ASSERT_EQ(first[i].post.body, second[i].post.body);
    ASSERT_EQ(first[i].post.injections, second[i].post.injections);
  }
}

TEST(InjectedScenarioTest, AShareIsAShare) {
  ScenarioOptions options = Injecting(1);
  options.shares.unconsented = 1.1;
  EXPECT_FALSE(CheckScenario(options).ok());
  options = Injecting(1);
  options.shares.shape_drift = -0.1;
  EXPECT_FALSE(CheckScenario(options).ok());
}

}  // namespace
}  // namespace affidavit::simulate
