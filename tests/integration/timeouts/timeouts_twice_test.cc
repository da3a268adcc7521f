// Exactly one record for each silent failure, whatever fails between looking and appending, and whoever does it.
#include <gmock/gmock.h>

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "tests/integration/timeouts/timeouts_fixture.h"

namespace affidavit::timeouts {
namespace {

using Receipts = absl::StatusOr<std::vector<records::RecordReceipt>>;

class TimeoutsTwiceTest : public TimeoutsFixture {
 protected:
  void ExpectOneEach(int count) {
    ASSERT_TRUE(Eventually([&] {
      return database_.Exec("SELECT count(*) FROM affidavit_state.messages WHERE status = 'TIMED_OUT'") ==
             std::to_string(count);
    }));
    EXPECT_EQ(TimeoutCount(), count);
    EXPECT_EQ(database_.Exec("SELECT count(DISTINCT event_id) FROM affidavit.entries WHERE kind = 'status'"),
              std::to_string(count));
  }
};

// Each fault comes a few times, at the beginning, in the middle and at the end of 250 sends.
enum class Fault { kNotStored, kStoredButFailed, kHalfStored, kStoredAndKilled };

class TimeoutsFaultTest : public TimeoutsTwiceTest, public ::testing::WithParamInterface<Fault> {};

TEST_P(TimeoutsFaultTest, LeavesExactlyOneEach) {
  std::atomic<int> calls = 0;
  std::atomic<bool> kill = false;
  const StopAtEnd stop(this);
  const auto hook = [&](std::span<const records::Record> records, const Append& append) -> Receipts {
    const int call = calls++;
    if (call % 2 == 1) {
      return append(records);
    }
    switch (GetParam()) {
      case Fault::kNotStored:
        break;
      case Fault::kHalfStored:
        EXPECT_TRUE(append(records.first((records.size() + 1) / 2)).ok());
        break;
      case Fault::kStoredAndKilled:
        kill = true;
        [[fallthrough]];
      case Fault::kStoredButFailed:
        EXPECT_TRUE(append(records).ok());
        break;
    }
    return absl::UnavailableError("the connection broke");
  };
  AddSends("s-", 250);
  Start(Options(), hook);
  ASSERT_TRUE(Eventually([&] {
    if (kill.exchange(false)) {
      StopAll();  // what it knew is gone
      Start(Options("worker-2"), hook);
    }
    return TimeoutCount() == 250;
  }));
  ExpectOneEach(250);
  EXPECT_GE(calls, 3) << "at most 100 in one call";
}

INSTANTIATE_TEST_SUITE_P(Faults, TimeoutsFaultTest,
                         ::testing::Values(Fault::kNotStored, Fault::kStoredButFailed, Fault::kHalfStored,
                                           Fault::kStoredAndKilled));

TEST_F(TimeoutsTwiceTest, TwoWorkersMarkEachOnce) {
  std::atomic<int> calls = 0;
  const StopAtEnd stop(this);
  const auto hook = [&](std::span<const records::Record> records, const Append& append) -> Receipts {
    ++calls;
    return append(records);
  };
  Start(Options("worker-1"), hook);
  Start(Options("worker-2"), hook);
  AddSends("s-", 450);
  AddSends("t-", 30);
  ASSERT_TRUE(Eventually([&] { return TimeoutCount() >= 200; }));
  jobs_.erase(jobs_.begin());
  ExpectOneEach(480);
  EXPECT_GE(calls, 5) << "at most 100 in one call";
}

// A worker stands still between looking and appending, loses its lock, and goes on when another has done it all.
TEST_F(TimeoutsTwiceTest, ALeaderThatStoodStillDoesNoHarm) {
  std::mutex mutex;
  std::condition_variable changed;
  bool is_still = false, may_go_on = false;
  std::atomic<int> new_count = 0, repeated_count = 0;
  const StopAtEnd stop(this);
  Start(Options("worker-1"), [&](std::span<const records::Record> records, const Append& append) -> Receipts {
    std::unique_lock<std::mutex> lock(mutex);
    is_still = true;
    changed.notify_all();
    EXPECT_TRUE(changed.wait_for(lock, std::chrono::seconds(60), [&] { return may_go_on; }));
    lock.unlock();
    Receipts receipts = append(records);
    EXPECT_TRUE(receipts.ok()) << receipts.status();
    for (const records::RecordReceipt& receipt : receipts.value_or(std::vector<records::RecordReceipt>())) {
      ++(receipt.is_new ? new_count : repeated_count);
    }
    return receipts;
  });
  AddSends("s-", 20);
  ASSERT_TRUE(Eventually([&] {
    const std::lock_guard<std::mutex> lock(mutex);
    return is_still;
  }));
  database_.Exec(
      "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = "
      "(SELECT oid FROM pg_database WHERE datname = current_database()) AND classid::bigint = "
      "((hashtextextended('affidavit.timeouts', 0) >> 32) & 4294967295)");
  Start(Options("worker-2"));
  ASSERT_TRUE(Eventually([&] { return TimeoutCount() == 20; }));
  {
    const std::lock_guard<std::mutex> lock(mutex);
    may_go_on = true;
  }
  changed.notify_all();
  ASSERT_TRUE(Eventually([&] { return new_count + repeated_count > 0; }));
  EXPECT_EQ(new_count, 0);
  ExpectOneEach(20);
}

TEST_F(TimeoutsTwiceTest, ARecordThatIsNeverTakenKeepsNobodyOut) {
  Start(Options(), [&](std::span<const records::Record> records, const Append& append) -> Receipts {
    for (const records::Record& record : records) {
      if (record.idempotency_key == "s-3") {
        return absl::InvalidArgumentError("ENTRY_REFUSED");
      }
    }
    return append(records);
  });
  AddSends("s-", 10);
  ASSERT_TRUE(Eventually([&] { return TimeoutCount() == 9; }));
  AddSends("t-", 5);
  ASSERT_TRUE(Eventually([&] { return TimeoutCount() == 14; }));
  EXPECT_TRUE(jobs_.front()->IsReady());
}

}  // namespace
}  // namespace affidavit::timeouts
