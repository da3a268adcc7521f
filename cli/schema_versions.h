// What the ledger knows of schema versions, every page of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "affidavit/v1/governance_service.pb.h"
#include "cli/ledger_client.h"

namespace affidavit::cli {

// By source, event type and version; empty `source` or `event_type`: any. A version whose shapes took several pages
// stands there once, with all of them, by first_leaf_index.
absl::StatusOr<std::vector<v1::SchemaVersion>> ListSchemaVersions(LedgerClient& client, const std::string& source,
                                                                  const std::string& event_type,
                                                                  v1::SchemaVersionView view);

// Null when there is none. REQUIRES: `versions` are what ListSchemaVersions returns.
const v1::SchemaVersion* FindSchemaVersion(const std::vector<v1::SchemaVersion>& versions, const std::string& source,
                                           const std::string& event_type, const std::string& schema_version);

// "1.0", or "(none)" for payloads that name none.
std::string VersionText(const std::string& schema_version);

}  // namespace affidavit::cli
