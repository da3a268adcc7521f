// How far the projections follow the log, and what they count. Pure.
#pragma once

#include <ostream>

#include "affidavit/v1/query_service.pb.h"
#include "boost/json/object.hpp"

namespace affidavit::cli {

// Members named as the proto's.
boost::json::object FactsJson(const v1::FactsStatus& facts);

// How far; messages by status; and in a line of their own the envelopes of which something cannot be told.
void PrintFacts(const v1::FactsStatus& facts, std::ostream& out);

}  // namespace affidavit::cli
