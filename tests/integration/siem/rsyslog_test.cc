// The whole way: receipts in Postgres, two sinks, and a real rsyslog that is killed and started again. Nothing may be
// missing; what comes twice is allowed.
#include <signal.h>

#include <map>
#include <set>
#include <thread>

#include "absl/strings/numbers.h"
#include "db/siem_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/siem/siem.h"
#include "tests/integration/siem/rsyslog_process.h"
#include "tests/integration/siem/written_log.h"
#include "tests/unit/cli/test_run.h"

namespace affidavit::siem {
namespace {

using ::affidavit::testing::Role;
using ::affidavit::testing::WrittenLog;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::chrono::seconds kWaitMax{60};
constexpr ShipperPace kBrisk{
    .pause = milliseconds(5), .backoff_min = milliseconds(10), .backoff_max = milliseconds(50)};

// How often each leaf_index is named.
std::map<int64_t, int> CountsIn(const std::vector<std::string>& lines) {
  std::map<int64_t, int> counts;
  for (const std::string& line : lines) {
    const size_t at = line.find(" leafIndex=\"");
    int64_t leaf_index = -1;
    if (at != std::string::npos &&
        absl::SimpleAtoi(line.substr(at + 12, line.find('"', at + 12) - at - 12), &leaf_index)) {
      ++counts[leaf_index];
    }
  }
  return counts;
}

class RsyslogTest : public ::testing::Test {
 protected:
  std::vector<config::SiemConfig> Sinks() const {
    config::SiemConfig relp{.name = "relp", .kind = "relp", .target = rsyslog_.relp_target()};
    config::SiemConfig tls{.name = "tls", .kind = "syslog-tls", .target = rsyslog_.tls_target()};
    tls.ca_file = rsyslog_.ca_file();
    return {relp, tls};
  }

  std::unique_ptr<Siem> StartSiem() const {
    db::ConnectionOptions database;
    database.url = log_.database().url(Role::kWorker);
    absl::StatusOr<std::unique_ptr<Siem>> siem = Siem::Start(Sinks(), database, kBrisk);
    EXPECT_TRUE(siem.ok()) << siem.status();
    return siem.ok() ? *std::move(siem) : nullptr;
  }

  int64_t Cursor(const std::string& sink) const {
    const std::string next = log_.database().Exec(
        "SELECT coalesce((SELECT next_id FROM affidavit_state.siem_cursors WHERE feed = 'receipts' AND sink = '" +
        sink + "'), 0)");
    return next.empty() ? -1 : std::stoll(next);
  }

  ::testing::AssertionResult WaitForCursors(int64_t cursor) const {
    const auto deadline = steady_clock::now() + kWaitMax;
    while (Cursor("relp") < cursor || Cursor("tls") < cursor) {
      if (steady_clock::now() > deadline) {
        return ::testing::AssertionFailure() << "relp at " << Cursor("relp") << ", tls at " << Cursor("tls");
      }
      std::this_thread::sleep_for(milliseconds(5));
    }
    return ::testing::AssertionSuccess();
  }

  // All of [0, end), whatever came twice.
  static void ExpectNoGap(const std::vector<std::string>& lines, int64_t end) {
    const std::map<int64_t, int> counts = CountsIn(lines);
    EXPECT_EQ(static_cast<int64_t>(counts.size()), end);
    EXPECT_EQ(counts.empty() ? 0 : counts.begin()->first, 0);
    EXPECT_EQ(counts.empty() ? 0 : counts.rbegin()->first, end - 1);
  }

  WrittenLog log_;
  RsyslogProcess rsyslog_;
};

TEST_F(RsyslogTest, KilledTwentyTimesItMissesNothing) {
  constexpr int kRounds = 20, kEachRound = 100;
  log_.Append(kRounds * kEachRound);
  std::unique_ptr<Siem> siem = StartSiem();
  for (int round = 0; round < kRounds; ++round) {
    log_.WriteReceipts(round * kEachRound, (round + 1) * kEachRound);
    if (round % 5 == 4) {  // and the worker goes, too
      siem.reset();
      siem = StartSiem();
    }
    // In the middle of it, wherever that happens to be.
    std::this_thread::sleep_for(milliseconds(20 + 7 * round % 40));
    rsyslog_.End(round % 2 == 0 ? SIGKILL : SIGTERM);
    rsyslog_.Start();
  }
  ASSERT_TRUE(WaitForCursors(kRounds * kEachRound));
  siem->Stop();
  {
    SCOPED_TRACE("relp");
    ExpectNoGap(rsyslog_.RelpLines(), kRounds * kEachRound);
  }
  SCOPED_TRACE("tls");
  ExpectNoGap(rsyslog_.TlsLines(), kRounds * kEachRound);
}

TEST_F(RsyslogTest, ReplaysFromAnyIndexWhileItShips) {
  log_.Append(300);
  log_.WriteReceipts(0, 300);
  const std::unique_ptr<Siem> siem = StartSiem();
  ASSERT_TRUE(WaitForCursors(300));
  const std::map<std::string, std::string> environment = {
      {"AFFIDAVIT_DATABASE_URL", log_.database().url(Role::kWorker)}};
  const cli::RunResult replay = cli::RunCli({"siem", "replay", "--sink", "relp", "--from", "290"}, environment);
  EXPECT_EQ(replay.code, cli::ExitCode::kGood) << replay.err;
  EXPECT_EQ(replay.out, "relp goes back from receipt 300 to 290: 10 receipts will be sent\n");
  ASSERT_TRUE(WaitForCursors(300));
  log_.database().Exec(
      "INSERT INTO affidavit_state.security_events (name, details) VALUES ('unauthorized', '{\"n\": 3}')");
  const auto deadline = steady_clock::now() + kWaitMax;
  while (rsyslog_.RelpLines().size() < 311 && steady_clock::now() < deadline) {
    std::this_thread::sleep_for(milliseconds(5));
  }
  const std::map<int64_t, int> counts = CountsIn(rsyslog_.RelpLines());
  EXPECT_EQ(counts.at(289), 1);
  EXPECT_EQ(counts.at(290), 2);
  EXPECT_EQ(counts.at(299), 2);
  EXPECT_THAT(rsyslog_.RelpLines(),
              ::testing::Contains(::testing::HasSubstr("[alert@32473 name=\"unauthorized\" securityEventId=\"1\" "
                                                       "details=\"{\\\"n\\\": 3}\"] unauthorized")));
  EXPECT_THAT(rsyslog_.RelpLines().front(),
              ::testing::AllOf(::testing::HasSubstr(" RECORD_WRITTEN [audit@32473 eventId=\"event-0\" payloadHash=\""),
                               ::testing::HasSubstr(" storageKey=\"audit/0.json\" workerId=\"worker-1\" ")));
}

TEST_F(RsyslogTest, TwoWorkersShareTheSinksWithoutRepeating) {
  log_.Append(500);
  const std::unique_ptr<Siem> first = StartSiem();
  const std::unique_ptr<Siem> second = StartSiem();
  log_.WriteReceipts(0, 500);
  ASSERT_TRUE(WaitForCursors(500));
  first->Stop();
  second->Stop();
  EXPECT_EQ(CountsIn(rsyslog_.RelpLines()).size(), 500u);
  EXPECT_EQ(rsyslog_.RelpLines().size(), 500u);
}

}  // namespace
}  // namespace affidavit::siem
