#include "cli/simulate/sender.h"

#include <map>
#include <set>

#include "boost/json/parse.hpp"
#include "core/base/digest.h"
#include "core/base/encoding.h"
#include "gtest/gtest.h"
#include "tests/unit/cli/simulate/scripted_server.h"
#include "tests/unit/cli/test_run.h"

namespace affidavit::simulate {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

ScenarioOptions Story(int64_t post_count) {
  return {.run_id = "test",
          .start_time = TimePoint(seconds(1'795'492'054)),
          .rate = 1'000,
          .post_count = post_count,
          .body_size_bytes = 600};
}

ScenarioOptions EventsOnly(int64_t post_count) {
  ScenarioOptions options = Story(post_count);
  options.shares = {.repeats = 0, .noise = 0, .conflicts = 0, .broken = 0, .forged = 0};
  return options;
}

SenderOptions To(const ScriptedServer& server, int connection_count = 4) {
  return {.target = {.url = server.url(), .timeout = milliseconds(5'000)},
          .secret = {SignatureScheme::kHmacSha256Hex, "x-genesys-signature", "secret"},
          .connection_count = connection_count,
          .retry = {.retry_count_max = 5, .delay_first = milliseconds(1), .delay_max = milliseconds(4)},
          .paced = false};
}

ScriptedAnswer Receipt(const std::string& status, const std::string& body, int64_t leaf_index) {
  return {200, R"({"status":")" + status + R"(","payload_sha256":")" + HexEncode(AsBytes(Sha256(body))) +
                   R"(","leaf_index":)" + std::to_string(leaf_index) + "}"};
}

// Keeps what it is sent, as the ledger would, judging by bytes and ids alone.
class TinyLedger {
 public:
  ScriptedAnswer Answer(const ScriptedServer::Request& request) {
    const auto signature = request.headers.find("x-genesys-signature");
    if (signature == request.headers.end() ||
        signature->second != HexEncode(AsBytes(HmacSha256("secret", {request.body})))) {
      return {401, "{}"};
    }
    const std::lock_guard lock(mutex_);
    ++posts_[request.body];
    const size_t place = request.body.find("\"id\":");
    const std::string id = request.body.substr(place, 43);
    const auto known = leaves_.find(request.body);
    const bool is_new = known == leaves_.end();
    const int64_t leaf_index = is_new ? static_cast<int64_t>(leaves_.size()) : known->second;
    leaves_[request.body] = leaf_index;
    const std::string& owner = owners_.try_emplace(id, request.body).first->second;
    if (owner != request.body) {
      return Receipt("conflict", request.body, leaf_index);
    }
    return Receipt(is_new ? "accepted" : "duplicate", request.body, leaf_index);
  }

  std::map<std::string, int> posts() {
    const std::lock_guard lock(mutex_);
    return posts_;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, int64_t> leaves_;      // by bytes
  std::map<std::string, std::string> owners_;  // by id: the bytes that came first
  std::map<std::string, int> posts_;
};

TEST(SenderTest, EveryPostIsSentOnceAndItsAnswerCounted) {
  TinyLedger ledger;
  const ScriptedServer server([&](const auto& request) { return ledger.Answer(request); });
  ScenarioOptions options = Story(2'000);
  options.shares = {.repeats = 0.1, .noise = 0, .conflicts = 0.03, .broken = 0, .forged = 0.03};
  Scenario scenario(options);
  const std::atomic<bool> stop{false};
  Sender sender(To(server, 16), scenario, nullptr, stop);
  ASSERT_TRUE(sender.Run([](const Progress&) {}).ok());

  const Summary& summary = sender.summary();
  EXPECT_EQ(summary.sent(), 2'000);
  EXPECT_EQ(summary.mismatches(), 0) << summary.ToTable(sender.elapsed());
  EXPECT_GT(summary.count(Answer::kDuplicate), 100);
  EXPECT_GT(summary.count(Answer::kConflict), 20);
  EXPECT_GT(summary.count(Answer::kUnauthorized), 20);
  EXPECT_EQ(summary.retried(), 0);
  EXPECT_EQ(summary.count(Answer::kAccepted) + summary.count(Answer::kDuplicate) + summary.count(Answer::kConflict) +
                summary.count(Answer::kUnauthorized),
            2'000);
}

TEST(SenderTest, RetriesTheSameBytesAfter429And5xxAndLostConnections) {
  TinyLedger ledger;
  std::mutex mutex;
  std::map<std::string, int> attempts;
  const ScriptedServer server([&](const ScriptedServer::Request& request) -> ScriptedAnswer {
    int attempt = 0;
    {
      const std::lock_guard lock(mutex);
      attempt = ++attempts[request.body];
    }
    switch (attempt) {
      case 1:
        return {503, "{}", "Retry-After: 0\r\n"};
      case 2:
        return {0, ""};
      case 3:
        return {429, "{}"};
      default:
        return ledger.Answer(request);
    }
  });
  Scenario scenario(EventsOnly(40));
  const std::atomic<bool> stop{false};
  Sender sender(To(server), scenario, nullptr, stop);
  ASSERT_TRUE(sender.Run([](const Progress&) {}).ok());
  EXPECT_EQ(attempts.size(), 40U) << "a retry had other bytes";
  EXPECT_EQ(sender.summary().count(Answer::kAccepted), 40);
  EXPECT_EQ(sender.summary().mismatches(), 0);
  // libcurl itself reconnects when a kept-alive connection turns out to be gone: those attempts are not the sender's.
  EXPECT_GE(sender.summary().retried(), 2 * 40);
  for (const auto& [body, count] : attempts) {
    EXPECT_EQ(count, 4);
  }
}

TEST(SenderTest, GivesUpAfterItsRetries) {
  std::atomic<int> count{0};
  const ScriptedServer server([&](const auto&) -> ScriptedAnswer {
    ++count;
    return {500, ""};
  });
  Scenario scenario(EventsOnly(3));
  const std::atomic<bool> stop{false};
  Sender sender(To(server), scenario, nullptr, stop);
  ASSERT_TRUE(sender.Run([](const Progress&) {}).ok());
  EXPECT_EQ(count, 3 * 6);
  EXPECT_EQ(sender.summary().count(Answer::kGaveUp), 3);
}

TEST(SenderTest, NeverRetriesA4xx) {
  std::atomic<int> count{0};
  const ScriptedServer server([&](const auto&) -> ScriptedAnswer {
    ++count;
    return {422, R"({"status":422,"outcome":"quarantined","leaf_index":1})"};
  });
  Scenario scenario(EventsOnly(5));
  const std::atomic<bool> stop{false};
  Sender sender(To(server), scenario, nullptr, stop);
  ASSERT_TRUE(sender.Run([](const Progress&) {}).ok());
  EXPECT_EQ(count, 5);
  EXPECT_EQ(sender.summary().mismatches(), 5);
}

TEST(SenderTest, TheJournalHasALineBeforeTheConnectionsNextPost) {
  const cli::TemporaryFolder folder;
  const auto journal = Journal::Open(folder.Path("journal")).value();
  TinyLedger ledger;
  int64_t before = 0, missing = 0;
  const ScriptedServer server([&](const auto& request) {
    const std::string so_far = folder.Read("journal");
    missing += std::count(so_far.begin(), so_far.end(), '\n') == before ? 0 : 1;
    ++before;
    return ledger.Answer(request);
  });
  Scenario scenario(Story(200));
  const std::atomic<bool> stop{false};
  Sender sender(To(server, /*connection_count=*/1), scenario, journal.get(), stop);
  ASSERT_TRUE(sender.Run([](const Progress&) {}).ok());
  EXPECT_EQ(missing, 0);
  EXPECT_EQ(before, 200);
  const std::string first = folder.Read("journal").substr(0, folder.Read("journal").find('\n'));
  const boost::json::value line = boost::json::parse(first);
  const std::string body = Base64Decode(std::string(line.at("body_b64").as_string())).value();
  EXPECT_EQ(line.at("sha256").as_string(), HexEncode(AsBytes(Sha256(body))));
}

TEST(SenderTest, ALostJournalEndsTheRun) {
  const auto journal = Journal::Open("/dev/full").value();
  TinyLedger ledger;
  const ScriptedServer server([&](const auto& request) { return ledger.Answer(request); });
  Scenario scenario(Story(1'000'000));
  const std::atomic<bool> stop{false};
  Sender sender(To(server), scenario, journal.get(), stop);
  EXPECT_TRUE(absl::IsDataLoss(sender.Run([](const Progress&) {})));
}

TEST(SenderTest, StopEndsTheRunEarly) {
  TinyLedger ledger;
  std::atomic<bool> stop{false};
  const ScriptedServer server([&](const auto& request) -> ScriptedAnswer {
    stop = true;
    return ledger.Answer(request);
  });
  Scenario scenario(Story(1'000'000));
  SenderOptions options = To(server);
  options.paced = true;
  Sender sender(options, scenario, nullptr, stop);
  ASSERT_TRUE(sender.Run([](const Progress&) {}).ok());
  EXPECT_GT(sender.summary().sent(), 0);
  EXPECT_LT(sender.summary().sent(), 100'000);
}

TEST(SenderTest, StopEndsAWaitForARetry) {
  std::atomic<bool> stop{false};
  const ScriptedServer server([&](const auto&) -> ScriptedAnswer {
    stop = true;
    return {503, ""};
  });
  Scenario scenario(EventsOnly(1));
  SenderOptions options = To(server, 1);
  options.retry = {.delay_first = seconds(600), .delay_max = seconds(600)};
  Sender sender(options, scenario, nullptr, stop);
  ASSERT_TRUE(sender.Run([](const Progress&) {}).ok());
  EXPECT_EQ(sender.summary().count(Answer::kGaveUp), 1);
}

TEST(SenderTest, PacesOpenLoop) {
  TinyLedger ledger;
  const ScriptedServer server([&](const auto& request) { return ledger.Answer(request); });
  ScenarioOptions story = Story(100);
  story.rate = 200;
  Scenario scenario(story);
  SenderOptions options = To(server);
  options.paced = true;
  const std::atomic<bool> stop{false};
  Sender sender(options, scenario, nullptr, stop);
  ASSERT_TRUE(sender.Run([](const Progress&) {}).ok());
  EXPECT_GE(sender.elapsed(), milliseconds(495));  // the last post is due then
}

TEST(SenderTest, ABacklogIsBounded) {
  // Nobody is answered until every connection waits; the pacing thread must not run ahead without end.
  TinyLedger ledger;
  const ScriptedServer server([&](const auto& request) { return ledger.Answer(request); });
  Scenario scenario(Story(500));
  SenderOptions options = To(server, 2);
  options.backlog_count_max = 1;
  const std::atomic<bool> stop{false};
  Sender sender(options, scenario, nullptr, stop);
  ASSERT_TRUE(sender.Run([](const Progress&) {}).ok());
  EXPECT_EQ(sender.summary().sent(), 500);
}

TEST(SenderTest, SaysSoWhenNobodyListens) {
  SenderOptions options;
  {
    const ScriptedServer server([](const auto&) { return ScriptedAnswer{}; });
    options = To(server);
  }
  Scenario scenario(Story(10));
  const std::atomic<bool> stop{false};
  Sender sender(options, scenario, nullptr, stop);
  EXPECT_TRUE(absl::IsUnavailable(sender.Run([](const Progress&) {})));
  EXPECT_EQ(sender.summary().sent(), 0);
}

TEST(RetryDelayTest, DoublesToItsMaximumWithinAQuarterEitherWay) {
  const RetryPolicy policy;
  const int64_t expected[] = {1'000, 2'000, 4'000, 8'000, 16'000, 30'000, 30'000};
  for (int retry = 1; retry <= 7; ++retry) {
    EXPECT_EQ(RetryDelay(policy, retry, seconds(0), 0).count(), expected[retry - 1] * 3 / 4);
    EXPECT_LE(RetryDelay(policy, retry, seconds(0), 0.999).count(),
              std::min<int64_t>(30'000, expected[retry - 1] * 5 / 4));
  }
}

TEST(RetryDelayTest, RespectsRetryAfter) {
  EXPECT_GE(RetryDelay({}, 1, seconds(10), 0), milliseconds(10'000));
  EXPECT_LE(RetryDelay({}, 1, seconds(3'600), 0.9), milliseconds(30'000));
}

}  // namespace
}  // namespace affidavit::simulate
