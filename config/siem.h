// [[siem]]: the sinks of write receipts and alerts. Not thread-safe.
#pragma once

#include <vector>

#include "config/config.h"
#include "config/field.h"
#include "config/reader.h"
#include "toml++/toml.h"

namespace affidavit::config {

// The rows point into `siem`.
std::vector<Field> SiemFields(SiemConfig& siem);

// Every [[siem]] of the file; what is wrong goes to the reader's faults.
std::vector<SiemConfig> ReadSiem(const toml::table& root, Reader& reader);

}  // namespace affidavit::config
