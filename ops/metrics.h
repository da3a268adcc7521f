// The process's Prometheus registry and the one alert mechanism: a log line with an alert name, a counter, and a rule in
// deploy/prometheus/affidavit.rules.yml. Thread-safe.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "ops/log.h"
#include "prometheus/counter.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"

namespace affidavit::ops {

// One a process; holds affidavit_build_info{service,version} once InitMetrics has run.
prometheus::Registry& Metrics();
void InitMetrics(std::string_view service);

// Shorthands: the same name and labels give the same object, which lives for ever. Keep the reference on hot paths.
using Labels = prometheus::Labels;
prometheus::Counter& CounterOf(const std::string& name, const std::string& help, const Labels& labels = {});
prometheus::Gauge& GaugeOf(const std::string& name, const std::string& help, const Labels& labels = {});
prometheus::Histogram& HistogramOf(const std::string& name, const std::string& help,
                                   const prometheus::Histogram::BucketBoundaries& buckets, const Labels& labels = {});

// Seconds, 100 µs to 10 s.
const prometheus::Histogram::BucketBoundaries& LatencyBuckets();
// Counts, 1 to 1024.
const prometheus::Histogram::BucketBoundaries& SizeBuckets();

// Text exposition format 0.0.4 of the registry.
std::string MetricsText();

// Logs at warning with field "alert", and counts affidavit_alerts_total{alert}. Names are listed in docs/runbook.md.
void RaiseAlert(std::string_view alert, std::initializer_list<LogField> fields);

}  // namespace affidavit::ops
