#include "cli/simulate/scenario.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "core/base/digest.h"
#include "core/base/encoding.h"

namespace affidavit::simulate {
namespace {

constexpr size_t kRecentCountMax = 512;
constexpr size_t kStepCountMax = 3;   // send, delivery, read
constexpr size_t kStillUnderWay = 8;  // so recent that its answer may not be there yet

// A message takes up to 8 s from its send to its last event; in a short run time runs faster, so that most messages end
// by themselves.
constexpr double kMessageSeconds = 8;
constexpr double kMessagesPerRun = 5;

constexpr std::chrono::seconds kDrift{5};  // the ledger's default threshold

bool IsShare(double value) {
  return value >= 0 && value <= 1;
}

double SharesOfPosts(const Shares& shares) {
  return shares.repeats + shares.noise + shares.conflicts + shares.broken + shares.forged;
}

double Pace(const ScenarioOptions& options) {
  const double run_seconds = static_cast<double>(options.post_count) / options.rate;
  return std::min(1.0, run_seconds / (kMessageSeconds * kMessagesPerRun));
}

}  // namespace

std::string_view ExpectedName(Expected expected) {
  constexpr std::array<std::string_view, 5> kNames = {"accepted", "conflict", "excluded", "quarantined",
                                                      "unauthorized"};
  return kNames[static_cast<size_t>(expected)];
}

absl::Status CheckScenario(const ScenarioOptions& options) {
  const Shares& s = options.shares;
  const double all[] = {s.repeats, s.noise, s.conflicts,    s.broken,      s.forged,     s.failures,
                        s.silent,  s.drift, s.out_of_order, s.unconsented, s.shape_drift};
  if (!std::all_of(std::begin(all), std::end(all), IsShare)) {
    return absl::InvalidArgumentError("every share lies between 0 and 1");
  }
  if (SharesOfPosts(s) > 0.9) {
    return absl::InvalidArgumentError(
        "--repeats, --noise, --conflicts, --broken and --forged together exceed 0.9: no events left");
  }
  if (s.failures + s.silent > 1) {
    return absl::InvalidArgumentError("--failures and --silent together exceed 1");
  }
  if (!(options.rate > 0) || !std::isfinite(options.rate)) {
    return absl::InvalidArgumentError("the rate is not a positive number");
  }
  if (options.post_count < 0 || options.first_number < 0) {
    return absl::InvalidArgumentError("counts and numbers are not negative");
  }
  return absl::OkStatus();
}

Scenario::Scenario(ScenarioOptions options)
    : options_(std::move(options)), pace_(Pace(options_)), random_(options_.seed) {}

std::optional<Post> Scenario::Next() {
  const int64_t remaining = options_.post_count - posted_;
  if (remaining <= 0) {
    return std::nullopt;
  }
  // What has begun is finished: a run's messages are complete.
  const bool must_finish = static_cast<int64_t>(steps_.size()) >= remaining;
  Post post = must_finish ? PostStep() : PostByDraw(remaining);
  ++posted_;
  return post;
}

Post Scenario::PostByDraw(int64_t remaining) {
  const Shares& shares = options_.shares;
  double draw = random_.Unit();
  const auto chosen = [&draw](double share) {
    const bool hit = draw >= 0 && draw < share;
    draw -= share;
    return hit;
  };
  if (chosen(shares.noise)) {
    return PostNoise();
  }
  if (chosen(shares.broken)) {
    return PostBroken();
  }
  if (chosen(shares.forged)) {
    return PostForged();
  }
  if (chosen(shares.repeats) && !recent_.empty()) {
    return PostRepeat();
  }
  if (chosen(shares.conflicts) && RecentEvent() != nullptr) {
    return PostConflict();
  }
  const double left_for_events = static_cast<double>(remaining) * (1 - SharesOfPosts(shares));
  const bool room_for_message = static_cast<double>(steps_.size() + kStepCountMax) <= left_for_events;
  const bool nothing_due = steps_.empty() || steps_.top().due_s > NowSeconds();
  if (steps_.empty() && !room_for_message && shares.repeats > 0 && !recent_.empty()) {
    return PostRepeat();  // one of the last few posts, too few for a message
  }
  if (steps_.empty() || (nothing_due && room_for_message)) {
    BeginMessage();
  }
  return PostStep();
}

TimePoint Scenario::At(double seconds) const {
  return options_.start_time + std::chrono::milliseconds(static_cast<int64_t>(seconds * 1e3));
}

// Version 8 of RFC 9562: bits of our own making, so that ids are unique, repeatable and look the part.
std::string Scenario::Uuid(std::string_view what, int64_t number) const {
  constexpr std::string_view kEnd("\0", 1);
  const Digest digest = Sha256({"affidavit.simulate", kEnd, std::to_string(options_.seed), kEnd, options_.run_id, kEnd,
                                what, kEnd, std::to_string(number)});
  std::string bytes(AsBytes(digest).substr(0, 16));
  bytes[6] = static_cast<char>((bytes[6] & 0x0F) | 0x80);
  bytes[8] = static_cast<char>((bytes[8] & 0x3F) | 0x80);
  std::string text = HexEncode(bytes);
  for (const size_t dash : {20, 16, 12, 8}) {
    text.insert(dash, "-");
  }
  return text;
}

std::shared_ptr<Scenario::Message> Scenario::NewMessage() {
  const int64_t number = options_.first_number + message_count_++;
  auto message = std::make_shared<Message>();
  message->facts = CastMessage(random_, Uuid("message", number), Uuid("correlation", number));
  message->layout = random_.Chance(0.125) ? Layout::kSpaced : Layout::kCompact;
  return message;
}

void Scenario::AddStep(Step step) {
  step.order = step_count_++;
  steps_.push(std::move(step));
}

void Scenario::BeginMessage() {
  const Shares& shares = options_.shares;
  const std::shared_ptr<Message> message = NewMessage();
  const double now = NowSeconds();
  const auto later = [this](double low, double high) { return random_.Between(low, high) * pace_; };
  std::vector<Step> steps = {{now, now - later(0.02, 0.2), 0, message, "message:send", "sent"}};
  const double fate = random_.Unit();
  const double delivered = now + later(0.3, 3);
  const double on_its_way = 0.1 * pace_;
  const bool drifts = random_.Chance(shares.drift), swapped = random_.Chance(shares.out_of_order);
  if (fate < shares.failures) {
    steps.push_back({delivered + on_its_way, delivered, 0, message, "message:status", "failed", CastError(random_)});
  } else if (fate >= shares.failures + shares.silent) {
    double carrier = -random_.Between(0.05, 1.5);
    if (drifts) {
      carrier = (random_.Chance(0.5) ? 1 : -1) * random_.Between(6, 120);
    }
    steps.push_back({delivered + on_its_way, delivered, 0, message, "message:delivery", "delivered"});
    steps.back().carrier_s = carrier;
    if (random_.Chance(ReadShare(message->facts.channel))) {
      const double read = delivered + later(0.5, 4);
      steps.push_back({read + on_its_way, read, 0, message, "message:read", "read"});
      steps.back().consent = CastConsent(random_, shares.unconsented);
    }
  }
  if (swapped && steps.size() > 1) {  // one event is held up on its way until the next has passed it
    const size_t late = random_.Below(steps.size() - 1);
    steps[late].due_s = steps[late + 1].due_s + later(0.05, 0.5);
  }
  message->planned_count = steps.size();
  for (Step& step : steps) {
    AddStep(std::move(step));
  }
}

SchemaVersion Scenario::Version() const {
  return options_.schema_change && posted_ * 2 >= options_.post_count ? SchemaVersion::kSecond : SchemaVersion::kFirst;
}

Post Scenario::NewPost(Expected expected) {
  Post post;
  post.number = options_.first_number + posted_;
  post.identity = post.number;
  post.expected = expected;
  post.event_id = Uuid("event", post.number);
  post.schema_version = SchemaVersionName(Version());
  post.due = std::chrono::microseconds(std::llround(NowSeconds() * 1e6));
  return post;
}

EventFacts Scenario::StepFacts(const Step& step, const std::string& event_id) {
  // What is posted ahead of its plan, at the end of a run, has happened by now all the same.
  const double happened_s = std::min(step.happened_s, NowSeconds());
  EventFacts facts{.id = event_id, .type = step.type, .timestamp = At(happened_s), .status = step.status};
  facts.error_code = step.error.code;
  facts.error_number = step.error.number;
  facts.read_consent = step.consent;
  if (step.carrier_s) {
    facts.delivery_time = At(happened_s + *step.carrier_s);
  }
  facts.version = Version();
  const double shape_drift = options_.shares.shape_drift;
  facts.has_extra_member =
      shape_drift > 0 && facts.version == SchemaVersion::kFirst && random_.Chance(shape_drift);  // draws only if asked
  return facts;
}

// REQUIRES: the step is not yet counted as posted.
void Scenario::NoteInjections(const Step& step, const EventFacts& facts, Post& post) const {
  const Message& message = *step.message;
  const auto note = [&post](Injection injection, bool is_there) {
    if (is_there) {
      post.injections.Add(injection);
    }
  };
  const bool is_cut_short = posted_ + 1 == options_.post_count;  // the run ends with it
  note(Injection::kSilent,
       step.type == "message:send" && message.posted_count == 0 && (message.planned_count == 1 || is_cut_short));
  note(Injection::kDrifting, facts.delivery_time && std::chrono::abs(*facts.delivery_time - facts.timestamp) > kDrift);
  note(Injection::kUnconsented, step.type == "message:read" && facts.read_consent != "granted");
  note(Injection::kOutOfOrder, message.posted_count > 0 && facts.timestamp < message.newest);
  note(Injection::kShapeDrift, facts.has_extra_member);
}

Post Scenario::PostStep() {
  const Step step = steps_.top();
  steps_.pop();
  Post post = NewPost(Expected::kAccepted);
  const EventFacts facts = StepFacts(step, post.event_id);
  NoteInjections(step, facts, post);
  Message& message = *step.message;
  ++message.posted_count;
  message.newest = std::max(message.newest, facts.timestamp);
  post.body = EventBody(facts, message.facts, message.layout, options_.body_size_bytes);
  Remember(post);
  return post;
}

Post Scenario::PostRepeat() {
  const size_t window = random_.Chance(0.5) ? std::min(recent_.size(), kStillUnderWay) : recent_.size();
  Post post = recent_[recent_.size() - 1 - random_.Below(window)];
  const Post place = NewPost(post.expected);
  post.number = place.number;
  post.due = place.due;
  return post;
}

const Post* Scenario::RecentEvent() {
  for (auto post = recent_.rbegin(); post != recent_.rend(); ++post) {
    if (post->expected == Expected::kAccepted) {
      return &*post;
    }
  }
  return nullptr;
}

Post Scenario::PostConflict() {
  const size_t offset = random_.Below(recent_.size());
  const Post* original = RecentEvent();
  if (recent_[offset].expected == Expected::kAccepted) {
    original = &recent_[offset];
  }
  Post post = NewPost(Expected::kConflict);
  post.after = original->identity;
  post.schema_version = original->schema_version;
  post.event_id = original->event_id;
  post.body = original->body;
  post.body.insert(post.body.size() - 1, ",\"revision\":" + std::to_string(post.number));
  Remember(post);
  return post;
}

EventFacts Scenario::SendFacts(const Post& post) const {
  return {.id = post.event_id,
          .type = "message:send",
          .timestamp = At(NowSeconds() - 0.05),
          .status = "sent",
          .version = Version()};
}

Post Scenario::PostNoise() {
  Post post = NewPost(Expected::kExcluded);
  const std::shared_ptr<Message> message = NewMessage();
  MessageFacts facts = message->facts;
  if (random_.Chance(0.6)) {
    facts.direction = "inbound";
    std::swap(facts.from, facts.to);
  } else {
    facts.channel = CastForeignChannel(random_);
  }
  post.body = EventBody(SendFacts(post), facts, message->layout, options_.body_size_bytes);
  Remember(post);
  return post;
}

Post Scenario::PostBroken() {
  Post post = NewPost(Expected::kQuarantined);
  const std::shared_ptr<Message> message = NewMessage();
  const std::string sound = EventBody(SendFacts(post), message->facts, message->layout, options_.body_size_bytes);
  post.body = BreakBody(random_, sound, post.event_id);
  post.event_id.clear();
  Remember(post);
  return post;
}

Post Scenario::PostForged() {
  constexpr std::array kForgeries = {Forgery::kOtherSecret, Forgery::kMissing, Forgery::kTruncated, Forgery::kUpperCase,
                                     Forgery::kNotHex};
  Post post = NewPost(Expected::kUnauthorized);
  const std::shared_ptr<Message> message = NewMessage();
  post.forgery = kForgeries[random_.Below(kForgeries.size())];
  post.body = EventBody(SendFacts(post), message->facts, message->layout, options_.body_size_bytes);
  return post;
}

void Scenario::Remember(const Post& post) {
  recent_.push_back(post);
  if (recent_.size() > kRecentCountMax) {
    recent_.pop_front();
  }
}

}  // namespace affidavit::simulate
