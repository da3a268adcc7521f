// [[timestampers]] and [[witnesses]]: outsiders that vouch for checkpoints. Not thread-safe.
#pragma once

#include <vector>

#include "config/config.h"
#include "config/field.h"
#include "config/reader.h"
#include "toml++/toml.h"

namespace affidavit::config {

// The rows point into their argument.
std::vector<Field> TimestamperFields(TimestamperConfig& timestamper);
std::vector<Field> WitnessFields(WitnessConfig& witness);

// Every table of the file; what is wrong goes to the reader's faults.
std::vector<TimestamperConfig> ReadTimestampers(const toml::table& root, Reader& reader);
std::vector<WitnessConfig> ReadWitnesses(const toml::table& root, Reader& reader);

}  // namespace affidavit::config
