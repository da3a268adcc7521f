// The process's Prometheus registry. Thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "ops/alerts.h"  // here too because whoever counts also alerts
#include "prometheus/counter.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"

namespace affidavit::ops {

// One a process; holds affidavit_build_info{service,version} and every alert's counter once InitMetrics has run.
prometheus::Registry& Metrics();
void InitMetrics(std::string_view service);

// Shorthands: the same name and labels give the same object, which lives for ever. Keep the reference on hot paths. A
// malformed name, or one name for two types, is a programmer's error and ends the process.
using Labels = prometheus::Labels;
prometheus::Counter& CounterOf(const std::string& name, const std::string& help, const Labels& labels = {}) noexcept;
prometheus::Gauge& GaugeOf(const std::string& name, const std::string& help, const Labels& labels = {}) noexcept;
prometheus::Histogram& HistogramOf(const std::string& name, const std::string& help,
                                   const prometheus::Histogram::BucketBoundaries& buckets,
                                   const Labels& labels = {}) noexcept;

// Seconds, 100 µs to 10 s.
const prometheus::Histogram::BucketBoundaries& LatencyBuckets();
// Counts, 1 to 1024.
const prometheus::Histogram::BucketBoundaries& SizeBuckets();

// Text exposition format 0.0.4 of the registry.
std::string MetricsText();

}  // namespace affidavit::ops
