#include "ops/metrics.h"

#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace affidavit::ops {
namespace {

using testing::HasSubstr;

TEST(Metrics, TheSameNameAndLabelsGiveTheSameObject) {
  prometheus::Counter& a = CounterOf("test_same_total", "Help.", {{"source", "a"}});
  EXPECT_EQ(&a, &CounterOf("test_same_total", "Help.", {{"source", "a"}}));
  EXPECT_NE(&a, &CounterOf("test_same_total", "Help.", {{"source", "b"}}));
  EXPECT_EQ(&GaugeOf("test_same", "Help."), &GaugeOf("test_same", "Help."));
  EXPECT_EQ(&HistogramOf("test_same_seconds", "Help.", LatencyBuckets()),
            &HistogramOf("test_same_seconds", "Help.", LatencyBuckets()));
}

TEST(Metrics, ThreadsThatFirstAskAtOnceShareTheObject) {
  constexpr int kThreads = 8;
  constexpr int kIncrements = 1000;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([] {
      for (int n = 0; n < kIncrements; ++n) {
        CounterOf("test_threads_total", "Help.", {{"n", std::to_string(n % 3)}}).Increment();
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  double sum = 0;
  for (const char* n : {"0", "1", "2"}) {
    sum += CounterOf("test_threads_total", "Help.", {{"n", n}}).Value();
  }
  EXPECT_EQ(sum, kThreads * kIncrements);
}

TEST(Metrics, TextHasBuildInfoAndEveryAlertAtZero) {
  InitMetrics("ledger");
  const std::string text = MetricsText();
  EXPECT_THAT(text, testing::ContainsRegex(R"re(affidavit_build_info\{service="ledger",version="[0-9.]+"\} 1)re"));
  for (const std::string_view alert : kAlerts) {
    EXPECT_THAT(text, HasSubstr("affidavit_alerts_total{alert=\"" + std::string(alert) + "\"}"));
  }
}

TEST(Metrics, TextHasHistogramBuckets) {
  HistogramOf("test_buckets", "Help.", SizeBuckets()).Observe(3);
  const std::string text = MetricsText();
  EXPECT_THAT(text, HasSubstr("# TYPE test_buckets histogram"));
  EXPECT_THAT(text, HasSubstr("test_buckets_bucket{le=\"2\"} 0"));
  EXPECT_THAT(text, HasSubstr("test_buckets_bucket{le=\"4\"} 1"));
  EXPECT_THAT(text, HasSubstr("test_buckets_bucket{le=\"+Inf\"} 1"));
}

TEST(MetricsDeathTest, OneNameForTwoTypesEndsTheProcess) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_DEATH(
      {
        CounterOf("test_two_types", "Help.");
        GaugeOf("test_two_types", "Help.");
      },
      "");
}

}  // namespace
}  // namespace affidavit::ops
