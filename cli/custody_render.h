// Chains of custody as blocks for people. Pure.
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "affidavit/v1/query_service.pb.h"

namespace affidavit::cli {

// "+6.000 s", "-0.050 s".
std::string DriftText(int64_t drift_ms);

// A block a message: its status and who decides it, then its events in the order of its life. Lines take at most 120
// columns but for what does not fit into one: object keys and ids are never broken.
void PrintCustodyChain(const v1::CustodyChain& chain, const v1::GetCustodyChainResponse& response, std::ostream& out);

// What the answer does not know yet; nothing when it knows all.
std::string NotYetProjected(const v1::GetCustodyChainResponse& response);

// `parts` behind `indent`, three columns apart, as many on a line as fit into `width`.
void PrintParts(const std::vector<std::string>& parts, std::string_view indent, size_t width, std::ostream& out);

}  // namespace affidavit::cli
