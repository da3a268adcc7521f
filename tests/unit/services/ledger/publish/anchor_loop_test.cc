#include "services/ledger/publish/anchor_loop.h"

#include <atomic>
#include <vector>

#include "gtest/gtest.h"
#include "ops/metrics.h"

namespace affidavit::ledger {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::chrono::seconds kWaitMax{20};

// A log with a newest checkpoint, and an outsider that anchors it or fails.
class Outside {
 public:
  explicit Outside(std::string name) : name_(std::move(name)) {}

  AnchorTarget Target(milliseconds interval = milliseconds(0)) {
    return {.name = name_,
            .find = [this]() -> absl::StatusOr<std::optional<db::StoredCheckpoint>> {
              const std::lock_guard<std::mutex> lock(mutex_);
              if (newest_ == anchored_) {
                return std::nullopt;
              }
              return db::StoredCheckpoint{.origin = "o", .tree_size = newest_, .signed_note = "", .sign_time = {}};
            },
            .anchor =
                [this](const db::StoredCheckpoint& checkpoint) {
                  const std::lock_guard<std::mutex> lock(mutex_);
                  calls_.push_back({checkpoint.tree_size, steady_clock::now()});
                  changed_.notify_all();
                  if (error_.ok()) {
                    anchored_ = checkpoint.tree_size;
                  }
                  // A status of its own: a shared one is freed by code of Debian's that ThreadSanitizer does not see.
                  return absl::Status(error_.code(), error_.message());
                },
            .interval = interval};
  }

  void Grow() {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++newest_;
  }
  void Fail(absl::Status error) {
    const std::lock_guard<std::mutex> lock(mutex_);
    error_ = std::move(error);
  }
  bool WaitForCalls(size_t count) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, kWaitMax, [&] { return calls_.size() >= count; });
  }

  struct Call {
    int64_t tree_size;
    steady_clock::time_point time;
  };
  std::vector<Call> calls() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return calls_;
  }

  double Count(const std::string& result) const {
    return ops::CounterOf("affidavit_ledger_anchor_requests_total",
                          "Checkpoints brought to witnesses and timestampers.", {{"target", name_}, {"result", result}})
        .Value();
  }

 private:
  const std::string name_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  int64_t newest_ = 0, anchored_ = 0;
  absl::Status error_;
  std::vector<Call> calls_;
};

constexpr AnchorPace kPace{.pause = milliseconds(1), .backoff_min = milliseconds(20), .backoff_max = milliseconds(80)};

TEST(AnchorLoopTest, AnchorsWhatIsNewAndNothingTwice) {
  Outside outside("witness/grows");
  {
    AnchorLoop loop(outside.Target(), kPace);
    for (size_t i = 1; i <= 5; ++i) {
      outside.Grow();
      ASSERT_TRUE(outside.WaitForCalls(i));
    }
  }
  ASSERT_EQ(outside.calls().size(), 5u);
  EXPECT_EQ(outside.calls().back().tree_size, 5);
  EXPECT_EQ(outside.Count("ok"), 5);
}

TEST(AnchorLoopTest, RetriesWithGrowingPausesAlertsAndRecovers) {
  Outside outside("witness/fails");
  outside.Fail(absl::UnavailableError("HTTP 503"));
  outside.Grow();
  const double alerts = ops::AlertCounter(ops::kAlertAnchorFailing).Value();
  AnchorLoop loop(outside.Target(), kPace);
  ASSERT_TRUE(outside.WaitForCalls(2));
  outside.Grow();  // the retry takes what is newest
  ASSERT_TRUE(outside.WaitForCalls(6));
  outside.Fail(absl::OkStatus());
  const size_t failures = outside.calls().size();
  ASSERT_TRUE(outside.WaitForCalls(failures + 1));
  loop.Stop();
  const std::vector<Outside::Call> calls = outside.calls();
  EXPECT_EQ(calls.back().tree_size, 2);
  for (size_t i = 1; i < calls.size(); ++i) {
    const milliseconds least = std::min(kPace.backoff_min * (1 << (i - 1)), kPace.backoff_max) / 2;
    EXPECT_GE(calls[i].time - calls[i - 1].time, least) << i;
  }
  EXPECT_GE(outside.Count("unavailable"), 6);
  EXPECT_EQ(outside.Count("ok"), 1);
  EXPECT_GE(ops::AlertCounter(ops::kAlertAnchorFailing).Value() - alerts, 4);  // from the third failure on
}

TEST(AnchorLoopTest, TellsResultsApart) {
  for (const auto& [status, result] :
       std::vector<std::pair<absl::Status, std::string>>{{absl::UnauthenticatedError("wrong signature"), "invalid"},
                                                         {absl::InvalidArgumentError("garbage"), "invalid"},
                                                         {absl::FailedPreconditionError("another tree"), "refused"},
                                                         {absl::NotFoundError("unknown log"), "refused"}}) {
    Outside outside("witness/" + std::string(status.message()));
    outside.Fail(status);
    outside.Grow();
    AnchorLoop loop(outside.Target(), kPace);
    ASSERT_TRUE(outside.WaitForCalls(1));
    loop.Stop();
    EXPECT_GE(outside.Count(result), 1) << status;
  }
}

TEST(AnchorLoopTest, KeepsItsInterval) {
  Outside outside("timestamper/slow");
  AnchorLoop loop(outside.Target(milliseconds(200)), kPace);
  outside.Grow();
  ASSERT_TRUE(outside.WaitForCalls(1));
  outside.Grow();
  ASSERT_TRUE(outside.WaitForCalls(2));
  loop.Stop();
  EXPECT_GE(outside.calls()[1].time - outside.calls()[0].time, milliseconds(200));
}

TEST(AnchorLoopTest, StopsWhileItWaits) {
  Outside outside("witness/stop");
  outside.Fail(absl::UnavailableError("HTTP 503"));
  outside.Grow();
  AnchorLoop loop(outside.Target(), {.pause = std::chrono::hours(1), .backoff_min = std::chrono::hours(1)});
  ASSERT_TRUE(outside.WaitForCalls(1));
  const auto start = steady_clock::now();
  loop.Stop();
  EXPECT_LT(steady_clock::now() - start, std::chrono::seconds(2));
}

}  // namespace
}  // namespace affidavit::ledger
