// The filter of a listing as people write it, and as the wire wants it. Pure.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "affidavit/v1/query_service.pb.h"

namespace affidavit::cli {

// Empty: any.
struct FilterOptions {
  std::vector<std::string> kinds;
  std::string source, channel, event_type, message_id, correlation_id;
  std::string since, until;  // RFC 3339
};

// INVALID_ARGUMENT, naming every fault, for an unknown kind or an unreadable time.
absl::StatusOr<v1::EntryFilter> ParseFilter(const FilterOptions& options);

}  // namespace affidavit::cli
