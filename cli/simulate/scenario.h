// What a simulated platform posts, in which order, and what each post should be answered. Pure: the same options give
// the same bytes. One thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "cli/simulate/cast.h"
#include "cli/simulate/event_body.h"
#include "cli/simulate/injection.h"
#include "cli/simulate/random.h"
#include "core/base/time.h"

namespace affidavit::simulate {

struct Shares {
  // Of all posts:
  double repeats = 0.05;     // the same bytes once more, half of them while the first may still be under way
  double noise = 0.05;       // inbound, or a channel that is not in scope: excluded
  double conflicts = 0.002;  // the id of an event that was answered before, with other bytes
  double broken = 0.002;     // signed, but no event can be read from it: quarantined
  double forged = 0.002;     // a signature that is wrong, missing or misshapen: unauthorized
  // Of the messages:
  double failures = 0.03;     // status "failed" instead of a delivery
  double silent = 0.01;       // sent, and never heard of again
  double drift = 0.02;        // the carrier's clock is more than 5 s off the platform's
  double out_of_order = 0.1;  // two of its events arrive in the wrong order
  // Of the read events:
  double unconsented = 0.02;  // the recipient has refused that reading is told, or nobody asked
  // Of the events of version 1.0:
  double shape_drift = 0;  // one member more than the version has
};

struct ScenarioOptions {
  uint64_t seed = 1;
  std::string run_id;        // another run id gives other event ids with the same story
  int64_t first_number = 0;  // the ids are numbered from here
  TimePoint start_time;      // the timestamps begin here
  double rate = 100;         // posts a second
  int64_t post_count = 0;
  size_t body_size_bytes = 1024;  // about
  bool schema_change = false;     // from half of the posts on, events are of version 1.1
  Shares shares;
};

// INVALID_ARGUMENT for a share outside 0 to 1, shares of posts that leave no room for events, or a rate that is not
// positive.
absl::Status CheckScenario(const ScenarioOptions& options);

enum class Expected { kAccepted, kConflict, kExcluded, kQuarantined, kUnauthorized };
std::string_view ExpectedName(Expected expected);  // "accepted", …

enum class Forgery { kNone, kOtherSecret, kMissing, kTruncated, kUpperCase, kNotHex };

struct Post {
  int64_t number = 0;
  // The number of the first post with these bytes: equal to `number` unless this is a repeat.
  int64_t identity = 0;
  // This post makes its point only once that one has been answered.
  std::optional<int64_t> after;
  Expected expected = Expected::kAccepted;
  Forgery forgery = Forgery::kNone;
  std::string event_id;  // empty when the body has none that could be read
  std::string schema_version;
  Injections injections;
  std::string body;
  std::chrono::microseconds due{};  // from the start
};

class Scenario {
 public:
  // REQUIRES: CheckScenario(options).ok()
  explicit Scenario(ScenarioOptions options);

  // In order of `due`; nothing after the last one.
  std::optional<Post> Next();

  const ScenarioOptions& options() const { return options_; }

 private:
  struct Message {
    MessageFacts facts;
    Layout layout;
    // What has been posted of it so far.
    size_t planned_count = 0, posted_count = 0;
    TimePoint newest{};
  };
  // One event of a message, planned when the message begins.
  struct Step {
    double due_s;       // when it is posted
    double happened_s;  // what its timestamp says
    int64_t order;      // among steps due at once
    std::shared_ptr<Message> message;
    std::string type, status;
    DeliveryError error{};
    std::string consent{};
    std::optional<double> carrier_s{};  // the carrier's clock is so far ahead of the platform's

    bool operator>(const Step& other) const { return due_s != other.due_s ? due_s > other.due_s : order > other.order; }
  };

  double NowSeconds() const { return static_cast<double>(posted_) / options_.rate; }
  TimePoint At(double seconds) const;
  std::string Uuid(std::string_view what, int64_t number) const;
  std::shared_ptr<Message> NewMessage();
  void BeginMessage();
  void AddStep(Step step);

  Post PostByDraw(int64_t remaining);
  SchemaVersion Version() const;
  Post NewPost(Expected expected);
  EventFacts StepFacts(const Step& step, const std::string& event_id);
  void NoteInjections(const Step& step, const EventFacts& facts, Post& post) const;
  Post PostStep();
  Post PostRepeat();
  Post PostConflict();
  Post PostNoise();
  Post PostBroken();
  Post PostForged();
  EventFacts SendFacts(const Post& post) const;
  const Post* RecentEvent();
  void Remember(const Post& post);

  const ScenarioOptions options_;
  const double pace_;  // 1: a message takes its real time
  Random random_;
  int64_t posted_ = 0;
  int64_t message_count_ = 0;
  int64_t step_count_ = 0;
  std::priority_queue<Step, std::vector<Step>, std::greater<>> steps_;
  std::deque<Post> recent_;  // first posts only, newest last; what repeats and conflicts pick from
};

}  // namespace affidavit::simulate
