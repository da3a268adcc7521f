// [sources.details]: where a source's payloads hold what answers need beyond what admission reads
// (core/envelope/details.h). Not thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/field.h"
#include "config/reader.h"
#include "core/envelope/details.h"
#include "toml++/toml.h"

namespace affidavit::config {

// [sources.details], beginning as the profile's own.
struct DetailKeys {
  std::vector<std::string> recipient;
  std::string carrier, consent;
  std::vector<std::string> consent_values, map_objects;
};

// The rows point into their argument.
std::vector<Field> DetailFields(DetailKeys& keys);

// What a source of a built-in profile has by default. Of genesys-eventbridge and generic, whose payloads differ from
// sender to sender, and of any other name: no pointers.
DetailPointers DetailsOfProfile(std::string_view profile);

// The profile's, with what `source` says under `details` laid over them; what is wrong goes to the reader's faults.
DetailPointers ReadDetails(const toml::table& source, std::string_view profile, Reader& reader);

}  // namespace affidavit::config
