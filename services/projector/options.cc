#include "services/projector/options.h"

namespace affidavit::projector {

ProjectorOptions MakeProjectorOptions(const config::Config& config) {
  ProjectorOptions options;
  for (const config::SourceConfig& source : config.sources) {
    options.fold.details.emplace(source.name, source.details);
  }
  options.fold.subject_key = config.facts.subject_key;
  options.poll_interval = std::chrono::milliseconds(config.facts.poll_interval_ms);
  return options;
}

}  // namespace affidavit::projector
