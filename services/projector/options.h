// What a projector needs to know. Plain values.
#pragma once

#include <chrono>

#include "config/config.h"
#include "services/projector/fold.h"

namespace affidavit::projector {

struct ProjectorOptions {
  FoldOptions fold;
  std::chrono::milliseconds poll_interval{1'000};
  std::chrono::milliseconds backoff_min{500}, backoff_max{30'000};
};

ProjectorOptions MakeProjectorOptions(const config::Config& config);

}  // namespace affidavit::projector
