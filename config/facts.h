// What [facts] and [timeouts] need beyond the table of keys. Not thread-safe.
#pragma once

#include "config/config.h"
#include "config/reader.h"
#include "toml++/toml.h"

namespace affidavit::config {

// Each of timeouts.channels is seconds or "off"; what is not goes to the reader's faults.
void CheckChannels(const toml::table& root, const TimeoutsConfig& timeouts, Reader& reader);

// Fills facts.subject_key when its file can be read. That it cannot is a fault for whoever needs it (CheckFacts): a
// verb that asks the ledger runs as people who may not read it.
void ReadSubjectKey(FactsConfig& facts);

}  // namespace affidavit::config
