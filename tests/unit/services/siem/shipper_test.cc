#include "services/siem/shipper.h"

#include <algorithm>
#include <random>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "ops/metrics.h"

namespace affidavit::siem {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::chrono::seconds kWaitMax{20};
constexpr ShipperPace kQuick{
    .pause = milliseconds(1), .backoff_min = milliseconds(1), .backoff_max = milliseconds(4), .alert_after = 3};

// Receipts and a cursor, as Postgres keeps them, and what a sink has taken.
class Trail {
 public:
  ShipperFeed Feed() {
    return {.name = "receipts",
            .read = [this] { return Read(); },
            .advance = [this](int64_t from, int64_t to) { return Advance(from, to); }};
  }

  void Write(int64_t count) {
    const std::lock_guard<std::mutex> lock(mutex_);
    receipt_count_ += count;
  }
  void SetBack(int64_t cursor) {
    const std::lock_guard<std::mutex> lock(mutex_);
    cursor_ = cursor;
  }
  void GiveToAnother(bool is_another) {
    const std::lock_guard<std::mutex> lock(mutex_);
    is_anothers_ = is_another;
  }
  void Lose(bool is_lost) {
    const std::lock_guard<std::mutex> lock(mutex_);
    is_lost_ = is_lost;
  }
  bool WaitForCursor(int64_t cursor) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, kWaitMax, [&] { return cursor_ == cursor; });
  }
  bool WaitForReads(int count) {
    std::unique_lock<std::mutex> lock(mutex_);
    const int target = read_count_ + count;
    return changed_.wait_for(lock, kWaitMax, [&] { return read_count_ >= target; });
  }
  int64_t cursor() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return cursor_;
  }

 private:
  absl::StatusOr<std::optional<Stretch>> Read() {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++read_count_;
    changed_.notify_all();
    if (is_lost_) {
      return absl::UnavailableError("no database");
    }
    if (is_anothers_) {
      return std::nullopt;
    }
    Stretch stretch{.cursor = cursor_, .waiting_count = receipt_count_ - cursor_, .waiting_seconds = 7};
    for (int64_t id = cursor_; id < std::min(receipt_count_, cursor_ + 10); ++id) {
      stretch.messages.push_back(absl::StrCat(id));
      stretch.next_cursors.push_back(id + 1);
    }
    return stretch;
  }
  absl::Status Advance(int64_t from, int64_t to) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (is_lost_) {
      return absl::UnavailableError("no database");
    }
    if (cursor_ != from) {
      return absl::AbortedError("set back");
    }
    cursor_ = to;
    changed_.notify_all();
    return absl::OkStatus();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  int64_t receipt_count_ = 0, cursor_ = 0;
  int read_count_ = 0;
  bool is_anothers_ = false, is_lost_ = false;
};

class MemorySink : public ReceiptSink {
 public:
  struct Shared {
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<int64_t> taken;
    std::function<size_t(size_t count)> take;  // how many of a delivery; all without it
    bool hangs = false, is_cancelled = false;
    int delivery_count = 0;
  };
  explicit MemorySink(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}

  Delivery Deliver(std::span<const std::string> messages) override {
    std::unique_lock<std::mutex> lock(shared_->mutex);
    ++shared_->delivery_count;
    shared_->changed.notify_all();
    if (shared_->hangs) {
      shared_->changed.wait(lock, [this] { return shared_->is_cancelled; });
    }
    if (shared_->is_cancelled) {
      return {.delivered_count = 0, .status = absl::CancelledError("stopped")};
    }
    const size_t count = shared_->take ? shared_->take(messages.size()) : messages.size();
    for (const std::string& message : messages.first(count)) {
      shared_->taken.push_back(std::stoll(message));
    }
    return {.delivered_count = count,
            .status = count == messages.size() ? absl::OkStatus() : absl::UnavailableError("broke")};
  }
  void Cancel() override {
    const std::lock_guard<std::mutex> lock(shared_->mutex);
    shared_->is_cancelled = true;
    shared_->changed.notify_all();
  }

 private:
  const std::shared_ptr<Shared> shared_;
};

class ShipperTest : public ::testing::Test {
 protected:
  std::unique_ptr<Shipper> Ship(const ShipperPace& pace = kQuick) {
    return std::make_unique<Shipper>("test-sink", std::make_unique<MemorySink>(sink_),
                                     std::vector<ShipperFeed>{trail_.Feed()}, pace);
  }
  std::vector<int64_t> Taken() {
    const std::lock_guard<std::mutex> lock(sink_->mutex);
    return sink_->taken;
  }
  static std::vector<int64_t> UpTo(int64_t end) {
    std::vector<int64_t> ids;
    for (int64_t id = 0; id < end; ++id) {
      ids.push_back(id);
    }
    return ids;
  }

  Trail trail_;
  const std::shared_ptr<MemorySink::Shared> sink_ = std::make_shared<MemorySink::Shared>();
};

TEST_F(ShipperTest, ShipsEverythingOnceAndThenWhatIsNew) {
  trail_.Write(95);
  const std::unique_ptr<Shipper> shipper = Ship();
  ASSERT_TRUE(trail_.WaitForCursor(95));
  trail_.Write(7);
  ASSERT_TRUE(trail_.WaitForCursor(102));
  EXPECT_EQ(Taken(), UpTo(102));
  ASSERT_TRUE(trail_.WaitForReads(2));
  const ops::Labels labels = {{"sink", "test-sink"}};
  EXPECT_EQ(
      ops::GaugeOf("affidavit_worker_siem_lag_receipts", "Receipts that a sink has not acknowledged.", labels).Value(),
      0);
}

TEST_F(ShipperTest, AFailingSinkLeavesNoGap) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  sink_->take = [&random](size_t count) { return random() % (count + 1); };
  const double alerts = ops::AlertCounter(ops::kAlertSiemBehind).Value();
  trail_.Write(300);
  const std::unique_ptr<Shipper> shipper = Ship();
  ASSERT_TRUE(trail_.WaitForCursor(300));
  EXPECT_EQ(Taken(), UpTo(300));  // what counts is taken once: only what does not count would be taken again
  shipper->Stop();
  EXPECT_GE(ops::AlertCounter(ops::kAlertSiemBehind).Value(), alerts);
}

TEST_F(ShipperTest, AlertsFromTheThirdFailureOnAndRecovers) {
  bool is_out = true;
  sink_->take = [&is_out](size_t count) { return is_out ? 0 : count; };
  const double alerts = ops::AlertCounter(ops::kAlertSiemBehind).Value();
  trail_.Write(5);
  const std::unique_ptr<Shipper> shipper = Ship();
  {
    std::unique_lock<std::mutex> lock(sink_->mutex);
    ASSERT_TRUE(sink_->changed.wait_for(lock, kWaitMax, [&] { return sink_->delivery_count >= 5; }));
    EXPECT_GE(ops::AlertCounter(ops::kAlertSiemBehind).Value() - alerts, 1);
    EXPECT_EQ(
        ops::GaugeOf("affidavit_worker_siem_lag_seconds", "Age of the oldest message that a sink has not acknowledged.",
                     {{"sink", "test-sink"}, {"feed", "receipts"}})
            .Value(),
        7);
    is_out = false;
  }
  ASSERT_TRUE(trail_.WaitForCursor(5));
  EXPECT_EQ(Taken(), UpTo(5));
}

TEST_F(ShipperTest, WhatIsSetBackIsSentAgain) {
  trail_.Write(50);
  const std::unique_ptr<Shipper> shipper = Ship();
  ASSERT_TRUE(trail_.WaitForCursor(50));
  trail_.SetBack(20);
  trail_.Write(1);
  ASSERT_TRUE(trail_.WaitForCursor(51));
  std::vector<int64_t> taken = Taken();
  EXPECT_EQ(taken.size(), 50u + 31u);
  EXPECT_EQ(taken[50], 20);
}

TEST_F(ShipperTest, SetBackInTheMiddleOfADeliveryIsNotUndone) {
  bool is_set_back = false;
  sink_->take = [&](size_t count) {
    if (!is_set_back && sink_->taken.size() >= 30) {
      is_set_back = true;
      trail_.SetBack(5);
    }
    return count;
  };
  trail_.Write(60);
  const std::unique_ptr<Shipper> shipper = Ship();
  ASSERT_TRUE(trail_.WaitForCursor(60));
  const std::vector<int64_t> taken = Taken();
  EXPECT_EQ(std::count(taken.begin(), taken.end(), 5), 2);
  EXPECT_EQ(std::count(taken.begin(), taken.end(), 39), 2);  // of the delivery that did not count
}

TEST_F(ShipperTest, LeavesASinkToAnotherProcess) {
  trail_.GiveToAnother(true);
  trail_.Write(5);
  const std::unique_ptr<Shipper> shipper = Ship();
  ASSERT_TRUE(trail_.WaitForReads(3));
  EXPECT_TRUE(Taken().empty());
  trail_.GiveToAnother(false);
  EXPECT_TRUE(trail_.WaitForCursor(5));
}

TEST_F(ShipperTest, ADatabaseThatIsGoneIsWaitedFor) {
  trail_.Write(40);
  trail_.Lose(true);
  const std::unique_ptr<Shipper> shipper = Ship();
  ASSERT_TRUE(trail_.WaitForReads(3));
  trail_.Lose(false);
  EXPECT_TRUE(trail_.WaitForCursor(40));
}

TEST_F(ShipperTest, StopEndsADeliveryThatHangs) {
  sink_->hangs = true;
  trail_.Write(5);
  const std::unique_ptr<Shipper> shipper = Ship();
  {
    std::unique_lock<std::mutex> lock(sink_->mutex);
    ASSERT_TRUE(sink_->changed.wait_for(lock, kWaitMax, [&] { return sink_->delivery_count == 1; }));
  }
  const auto begin = steady_clock::now();
  shipper->Stop();
  EXPECT_LT(steady_clock::now() - begin, std::chrono::seconds(5));
  EXPECT_EQ(trail_.cursor(), 0);
}

}  // namespace
}  // namespace affidavit::siem
