// When a send is a silent failure, and when it is not yet.
#include "services/timeouts/timeouts_job.h"

#include <gmock/gmock.h>

#include <mutex>

#include "boost/json/parse.hpp"
#include "ops/alerts.h"
#include "tests/integration/timeouts/timeouts_fixture.h"

namespace affidavit::timeouts {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class TimeoutsJobTest : public TimeoutsFixture {};

TEST_F(TimeoutsJobTest, ASendThatNobodyAnsweredIsMarkedAndALateDeliverySupersedes) {
  Start();
  Add({Event("s-1", "message:send", "m-1", "sms", R"(,"timestamp":"2020-01-01T00:00:00Z")"),
       Event("s-2", "message:send", "m-2"), Event("d-2", "message:delivery", "m-2"),
       Event("d-3", "message:delivery", "m-3"), Event("d-4", "message:read", "m-4"),
       Event("s-4", "message:send", "m-4")});
  ASSERT_TRUE(Eventually([&] { return StatusOf("m-1") == "TIMED_OUT"; }));
  const v1::Entry entry = TimeoutOf("s-1");
  EXPECT_EQ(entry.kind(), v1::ENTRY_KIND_STATUS);
  EXPECT_EQ(entry.source(), "genesys");
  EXPECT_EQ(entry.event_type(), "message:status:timeout");
  EXPECT_EQ(entry.message_id(), "m-1");
  EXPECT_EQ(entry.channel(), "SMS");
  const boost::json::object payload = boost::json::parse(entry.payload()).as_object();
  EXPECT_EQ(payload.at("status"), "PENDING_DELIVERY_FAIL");
  EXPECT_EQ(payload.at("threshold_seconds").to_number<int>(), 1);
  EXPECT_EQ(payload.at("worker_id"), "worker-1");
  EXPECT_EQ(payload.at("send").at("event_id"), "s-1");
  EXPECT_EQ(payload.at("counted_from_time"), payload.at("send").at("integrate_time")) << "later than the platform's";
  EXPECT_GE(entry.event_time().seconds(), entry.receive_time().seconds() - 60);

  v1::ListEntriesRequest of_message;
  of_message.mutable_filter()->set_message_id("m-1");
  EXPECT_EQ(ledger_.List(of_message).entries_size(), 2) << "custody finds it by its message";

  Add({Event("d-1", "message:delivery", "m-1")});
  ASSERT_TRUE(Eventually([&] { return StatusOf("m-1") == "DELIVERED, late"; }));
  EXPECT_EQ(ledger_.List(of_message).entries_size(), 3) << "both facts stay";
  Pass(seconds(2));
  EXPECT_EQ(TimeoutCount(), 1);
  EXPECT_EQ(StatusOf("m-2"), "DELIVERED");
  EXPECT_TRUE(jobs_.front()->IsReady());
}

TEST_F(TimeoutsJobTest, EachChannelHasItsThresholdAndOffIsNever) {
  TimeoutsOptions options = Options();
  options.threshold = std::chrono::hours(1);
  options.channels = {{"SMS", seconds(1)}, {"EMAIL", std::nullopt}, {"MMS", seconds(2)}};
  Start(options);
  Add({Event("never", "message:send", "m-never", "email"), Event("later", "message:send", "m-later", "webchat"),
       Event("soon", "message:send", "m-soon", "sms"), Event("then", "message:send", "m-then", "mms")});
  ASSERT_TRUE(Eventually([&] { return TimeoutCount() == 2; }));
  EXPECT_EQ(boost::json::parse(TimeoutOf("then").payload()).at("threshold_seconds").to_number<int>(), 2);
  EXPECT_EQ(boost::json::parse(TimeoutOf("soon").payload()).at("threshold_seconds").to_number<int>(), 1);
  Pass(seconds(2));
  EXPECT_EQ(TimeoutCount(), 2);
}

TEST_F(TimeoutsJobTest, ASilentAdapterHoldsAllUpUntilItIsRetired) {
  database_.Exec(
      "INSERT INTO affidavit_state.adapters (adapter_id, last_seen_time) VALUES ('gone', now() - interval '1 hour')");
  TimeoutsOptions options = Options();
  options.held_back_alert = seconds(0);
  const double alerts = ops::AlertCounter(ops::kAlertTimeoutsHeldBack).Value();
  Start(options);
  AddSends("s-", 3);
  ASSERT_TRUE(Eventually([&] { return IsHeldBack(); }));
  Pass(seconds(3));
  EXPECT_EQ(TimeoutCount(), 0);
  EXPECT_TRUE(jobs_.front()->IsReady()) << "waiting for an adapter is no error";
  EXPECT_GT(ops::AlertCounter(ops::kAlertTimeoutsHeldBack).Value(), alerts);

  Retire("gone");
  ASSERT_TRUE(Eventually([&] { return TimeoutCount() == 3; }));
  EXPECT_TRUE(Eventually([&] { return !IsHeldBack(); }));

  // It is back, and holds up what is due while it is silent again, until it is retired again.
  database_.Exec(
      "UPDATE affidavit_state.adapters SET last_seen_time = (SELECT retire_time + interval '1 millisecond' "
      "FROM affidavit_state.adapter_retirements) WHERE adapter_id = 'gone'");
  options.adapter_silence = seconds(1);
  StopAll();
  Start(options);
  AddSends("t-", 2);
  ASSERT_TRUE(Eventually([&] { return IsHeldBack(); }));
  Retire("gone");
  ASSERT_TRUE(Eventually([&] { return TimeoutCount() == 5; }));
}

TEST_F(TimeoutsJobTest, AnAdapterThatHoldsSomethingOlderHoldsUp) {
  alive_["adapter-2"] = SystemClock().WallNow();
  Start();
  AddSends("s-", 1);
  ASSERT_TRUE(Eventually([&] { return IsHeldBack(); }));
  Pass(seconds(2));
  EXPECT_EQ(TimeoutCount(), 0);
  // What it held arrives: the send was delivered in time.
  Add({Event("d-0", "message:delivery", "m-s-0")});
  alive_["adapter-2"] = std::nullopt;
  AddSends("t-", 1);
  ASSERT_TRUE(Eventually([&] { return TimeoutCount() == 1; }));
  EXPECT_EQ(StatusOf("m-s-0"), "DELIVERED");
  EXPECT_EQ(TimeoutOf("t-0").message_id(), "m-t-0");
}

TEST_F(TimeoutsJobTest, WaitsForALedgerAndForPostgresAndSaysSo) {
  bool is_down = true;
  std::mutex mutex;
  const StopAtEnd stop(this);
  Start(Options(),
        [&](std::span<const records::Record> records,
            const Append& append) -> absl::StatusOr<std::vector<records::RecordReceipt>> {
          const std::lock_guard<std::mutex> lock(mutex);
          if (is_down) {
            return absl::UnavailableError("no ledger");
          }
          return append(records);
        });
  AddSends("s-", 1);
  ASSERT_TRUE(Eventually([&] { return !jobs_.front()->IsReady(); }));
  {
    const std::lock_guard<std::mutex> lock(mutex);
    is_down = false;
  }
  ASSERT_TRUE(Eventually([&] { return TimeoutCount() == 1 && jobs_.front()->IsReady(); }));
  database_.Exec("REVOKE SELECT ON affidavit_state.messages FROM affidavit_worker");
  ASSERT_TRUE(Eventually([&] { return !jobs_.front()->IsReady(); }));
  database_.Exec("GRANT SELECT ON affidavit_state.messages TO affidavit_worker");
  ASSERT_TRUE(Eventually([&] { return jobs_.front()->IsReady(); }));
}

}  // namespace
}  // namespace affidavit::timeouts
