#include "services/projector/projector_job.h"

#include <chrono>
#include <thread>

#include "ops/metrics.h"
#include "tests/integration/projector/projected_log.h"

namespace affidavit::projector {
namespace {

constexpr std::chrono::seconds kDeadline{20};

ProjectorOptions QuickOptions() {
  ProjectorOptions options;
  options.fold = ProjectedDetails();
  options.poll_interval = std::chrono::milliseconds(20);
  options.backoff_min = std::chrono::milliseconds(20);
  options.backoff_max = std::chrono::milliseconds(100);
  return options;
}

template <typename Condition>
bool WaitFor(const Condition& condition) {
  const auto deadline = std::chrono::steady_clock::now() + kDeadline;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) {
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

bool AllIsFolded(ProjectedLog& log) {
  return WaitFor([&] { return log.Progress().LagEntries() == 0; });
}

TEST(ProjectorJob, KeepsUpAndAnotherTakesOver) {
  ProjectedLog log;
  auto first = ProjectorJob::Start(QuickOptions(), {.url = log.url()});
  auto second = ProjectorJob::Start(QuickOptions(), {.url = log.url()});
  log.AppendEverySort(1'500);
  ASSERT_TRUE(AllIsFolded(log));
  EXPECT_TRUE(first->IsReady());
  EXPECT_TRUE(second->IsReady());
  first->Stop();
  first->Stop();
  log.AppendEverySort(1'500);
  ASSERT_TRUE(AllIsFolded(log));
  second->Stop();
  const std::string dump = log.Dump();
  log.Reset();
  FoldingProcess(log.url()).FoldAll();
  EXPECT_EQ(log.Dump(), dump);
}

TEST(ProjectorJob, SaysThatItWaitsAndGoesOn) {
  ProjectedLog log;
  log.Ask("ALTER TABLE affidavit_state.message_facts ADD CONSTRAINT refused CHECK (leaf_index < 0)");
  log.AppendEverySort(1);
  auto job = ProjectorJob::Start(QuickOptions(), {.url = log.url()});
  EXPECT_TRUE(WaitFor([&] { return !job->IsReady(); }));
  log.Ask("ALTER TABLE affidavit_state.message_facts DROP CONSTRAINT refused");
  EXPECT_TRUE(WaitFor([&] { return job->IsReady(); }));
  EXPECT_TRUE(AllIsFolded(log));
}

TEST(ProjectorJob, ShowsItsLag) {
  ProjectedLog log;
  auto job = ProjectorJob::Start(QuickOptions(), {.url = log.url()});
  log.AppendEverySort(10);
  ASSERT_TRUE(AllIsFolded(log));
  EXPECT_TRUE(WaitFor([] {
    const std::string text = ops::MetricsText();
    return text.find("\naffidavit_facts_lag_entries 0\n") != std::string::npos &&
           text.find("\naffidavit_facts_lag_seconds 0\n") != std::string::npos &&
           text.find("\naffidavit_facts_folded_entries_total") != std::string::npos;
  }));
}

}  // namespace
}  // namespace affidavit::projector
