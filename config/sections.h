// The table of keys of the sections [log], [database], [ledger], [signing], [adapter], [object_store], [worker],
// [mirror], [facts] and [timeouts]. Those of a source: config/sources.h; of timestampers and witnesses:
// config/anchors.h; of SIEM sinks: config/siem.h.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/field.h"

namespace affidavit::config {

struct Section {
  std::string_view name;
  std::vector<Field> fields;
};

// The rows point into `config`.
std::vector<Section> SectionsOf(Config& config);

// AFFIDAVIT_SECTION_KEY
std::string VariableOf(std::string_view section, std::string_view key);

// Those of `names` that look like an override and override nothing. Variables that other programs of ours read are no
// overrides.
std::vector<std::string> UnknownVariables(const std::vector<std::string>& names);

}  // namespace affidavit::config
