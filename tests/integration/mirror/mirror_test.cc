// The whole mirror, with its threads: several at once, a store and a database that come and go.
#include "services/mirror/mirror.h"

#include <atomic>
#include <random>
#include <thread>

#include "ops/metrics.h"
#include "tests/integration/mirror/mirror_fixture.h"
#include "tests/support/socket_gate.h"

namespace affidavit::mirror {
namespace {

using std::chrono::milliseconds;
using testing::MemoryObjectStore;
using testing::StoreStep;

class MirrorTest : public ::testing::Test {
 protected:
  static bool Eventually(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) {
        return false;
      }
      std::this_thread::sleep_for(milliseconds(5));
    }
    return true;
  }

  std::unique_ptr<Mirror> Start(const std::string& worker_id, const std::string& url) {
    MirrorOptions options;
    options.worker_id = worker_id;
    options.concurrency = 3;
    options.poll_interval = milliseconds(5);
    options.log_interval = milliseconds(20);
    options.sweep_interval = milliseconds(50);
    options.backoff_min = milliseconds(1);
    options.backoff_max = milliseconds(20);
    options.takeover_pause = takeover_pause_;
    options.window_count_max = 16;
    options.lag_alert = std::chrono::seconds(0);
    return Mirror::Start(options, {.url = url}, &store_);
  }

  void PutAsAWorkerWould(int64_t leaf_index) {
    std::vector<db::MirrorEntry> entries;
    ASSERT_TRUE(log_.Transact([&](db::Transaction& transaction) -> absl::Status {
                      auto read = db::ReadMirrorEntries(transaction, leaf_index, leaf_index + 1, 1, 1 << 20);
                      entries = *std::move(read);
                      return absl::OkStatus();
                    })
                    .ok());
    const MirrorOptions options;
    EntryCopier copier(&options, &store_, [] { return absl::OkStatus(); });
    ASSERT_EQ(copier.Copy(entries, 0).at(0).state, EntryResult::State::kReceipt);
  }

  bool IsAllMirrored() {
    const db::MirrorProgress progress = log_.Progress();
    return progress.LagEntries() == 0 && progress.receipt_count == progress.tree_size;
  }

  MirroredLog log_;
  MemoryObjectStore store_;
  milliseconds takeover_pause_{20};
};

TEST_F(MirrorTest, APutOfADeadWorkerThatComesLateIsAdopted) {
  store_.set_traits({.keeps_digests = false, .honours_if_absent = false});
  takeover_pause_ = milliseconds(2'000);
  log_.AppendEnvelopes(1);
  ASSERT_TRUE(log_.Transact([](db::Transaction& transaction) {
                    db::RaiseMirrorAttempt(transaction, 1);
                    return absl::OkStatus();
                  })
                  .ok());
  const std::unique_ptr<Mirror> mirror = Start("heir", log_.url());
  // The dead one's request was under way when it died: the store takes it after its heir has started.
  std::this_thread::sleep_for(milliseconds(100));
  EXPECT_EQ(store_.CallCount(StoreStep::kHead), 0);
  PutAsAWorkerWould(0);
  ASSERT_TRUE(Eventually([this] { return IsAllMirrored(); }));
  EXPECT_EQ(log_.Receipts().at(0).outcome, db::MirrorOutcome::kExisting);
  log_.ExpectMirrored(store_, 0, 1);
}

TEST_F(MirrorTest, SeveralAtOnceMakeOneReceiptAnEntryWhateverFails) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  testing::SocketGate gate(log_.url());
  std::vector<std::unique_ptr<Mirror>> mirrors;
  for (const char* id : {"one", "two", "three"}) {
    mirrors.push_back(Start(id, gate.url()));
  }
  for (int round = 0; round < 15; ++round) {
    log_.AppendEnvelopes(static_cast<int>(1 + random() % 40));
    log_.Publish();
    switch (random() % 4) {
      case 0:
        store_.Arm({random() % 2 == 0 ? StoreStep::kPut : StoreStep::kHead, random() % 2 == 0,
                    absl::StatusCode::kUnavailable, static_cast<int>(1 + random() % 30), ""});
        break;
      case 1:
        gate.SetAtCommit(random() % 2 == 0 ? testing::SocketGate::AtCommit::kCutBefore
                                           : testing::SocketGate::AtCommit::kCutAfter);
        break;
      case 2:
        gate.CutAll();
        break;
      default: {
        // One stops in the middle, and comes back as another.
        const size_t which = random() % mirrors.size();
        mirrors[which].reset();
        mirrors[which] = Start("again-" + std::to_string(round), gate.url());
      }
    }
    std::this_thread::sleep_for(milliseconds(random() % 30));
  }
  gate.SetAtCommit(testing::SocketGate::AtCommit::kForward);
  store_.Disarm();
  ASSERT_TRUE(Eventually([this] { return IsAllMirrored(); })) << log_.Progress().next_leaf_index;
  log_.ExpectMirrored(store_, 0, log_.Progress().tree_size);
  EXPECT_TRUE(log_.Findings().empty());
  for (const auto& mirror : mirrors) {
    EXPECT_TRUE(Eventually([&] { return mirror->IsReady(); }));
  }
}

TEST_F(MirrorTest, SaysThatItWaitsAndHowFarItIsBehind) {
  store_.Arm({.code = absl::StatusCode::kUnavailable, .times = 1'000'000});
  log_.AppendEnvelopes(5);
  log_.Publish();
  const auto mirror = Start("one", log_.url());
  EXPECT_TRUE(Eventually([&] { return !mirror->IsReady(); }));
  EXPECT_TRUE(Eventually([] {
    const std::string text = ops::MetricsText();
    return text.find("affidavit_worker_mirror_lag_entries 5") != std::string::npos &&
           text.find("affidavit_worker_mirror_waiting{part=\"entries\"} 1") != std::string::npos &&
           text.find("affidavit_worker_mirror_waiting{part=\"log\"} 1") != std::string::npos;
  })) << ops::MetricsText();
  EXPECT_TRUE(Eventually([] { return ops::AlertCounter(ops::kAlertMirrorLagging).Value() > 0; }));
  store_.Disarm();
  EXPECT_TRUE(Eventually([&] { return mirror->IsReady() && IsAllMirrored(); }));
  EXPECT_TRUE(Eventually([] {
    const std::string text = ops::MetricsText();
    return text.find("affidavit_worker_mirror_lag_entries 0") != std::string::npos &&
           text.find("affidavit_worker_mirror_log_tree_size 5") != std::string::npos;
  })) << ops::MetricsText();
  EXPECT_FALSE(store_.Versions("log/checkpoint").empty());
}

TEST_F(MirrorTest, WithoutADatabaseItWaitsAndStopsAtOnce) {
  const auto mirror = Start("one", "postgresql:///nothing?host=/nonexistent");
  EXPECT_TRUE(Eventually([&] { return !mirror->IsReady(); }));
  mirror->Stop();
  mirror->Stop();
}

}  // namespace
}  // namespace affidavit::mirror
