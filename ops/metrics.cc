#include "ops/metrics.h"

#include <map>
#include <mutex>

#include "ops/alerts.h"
#include "prometheus/text_serializer.h"

namespace affidavit::ops {
namespace {

// Never destroyed: threads may still count while the process ends.
struct State {
  prometheus::Registry registry;
  std::mutex mutex;  // guards the maps: the registry finds a family by walking through all of them
  std::map<std::string, prometheus::Family<prometheus::Counter>*> counters;
  std::map<std::string, prometheus::Family<prometheus::Gauge>*> gauges;
  std::map<std::string, prometheus::Family<prometheus::Histogram>*> histograms;
};

State& GlobalState() {
  static State& state = *new State;
  return state;
}

template <typename Metric, typename Builder>
prometheus::Family<Metric>& FamilyOf(std::map<std::string, prometheus::Family<Metric>*>& families, Builder builder,
                                     const std::string& name, const std::string& help) {
  State& state = GlobalState();
  std::lock_guard lock(state.mutex);
  prometheus::Family<Metric>*& family = families[name];
  if (family == nullptr) {
    family = &builder.Name(name).Help(help).Register(state.registry);
  }
  return *family;
}

}  // namespace

prometheus::Registry& Metrics() {
  return GlobalState().registry;
}

void InitMetrics(std::string_view service) {
  GaugeOf("affidavit_build_info", "Always 1; the labels say what runs.",
          {{"service", std::string(service)}, {"version", AFFIDAVIT_VERSION}})
      .Set(1);
  for (const std::string_view alert : kAlerts) {
    AlertCounter(alert);  // at 0 from the start, so that a rate over the first alert is a rate
  }
}

prometheus::Counter& CounterOf(const std::string& name, const std::string& help, const Labels& labels) noexcept {
  return FamilyOf(GlobalState().counters, prometheus::BuildCounter(), name, help).Add(labels);
}

prometheus::Gauge& GaugeOf(const std::string& name, const std::string& help, const Labels& labels) noexcept {
  return FamilyOf(GlobalState().gauges, prometheus::BuildGauge(), name, help).Add(labels);
}

prometheus::Histogram& HistogramOf(const std::string& name, const std::string& help,
                                   const prometheus::Histogram::BucketBoundaries& buckets,
                                   const Labels& labels) noexcept {
  return FamilyOf(GlobalState().histograms, prometheus::BuildHistogram(), name, help).Add(labels, buckets);
}

const prometheus::Histogram::BucketBoundaries& LatencyBuckets() {
  static const prometheus::Histogram::BucketBoundaries& buckets = *new prometheus::Histogram::BucketBoundaries{
      0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
  return buckets;
}

const prometheus::Histogram::BucketBoundaries& SizeBuckets() {
  static const prometheus::Histogram::BucketBoundaries& buckets =
      *new prometheus::Histogram::BucketBoundaries{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024};
  return buckets;
}

std::string MetricsText() {
  return prometheus::TextSerializer().Serialize(Metrics().Collect());
}

}  // namespace affidavit::ops
