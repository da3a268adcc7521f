// Chains of custody as JSON documents, and the words that their enums have there and for people. Pure.
#pragma once

#include <string>

#include "affidavit/v1/query_service.pb.h"
#include "boost/json/object.hpp"

namespace affidavit::cli {

// Members named as the proto's, times in RFC 3339. What is absent is left out.
boost::json::object CustodyJson(const v1::GetCustodyChainResponse& response);

// "MESSAGE_STATUS_TIMED_OUT" -> "TIMED_OUT"; "UNKNOWN" for unspecified.
std::string StatusText(v1::MessageStatus status);
// "valid", "drifted", "unregistered"; "unspecified".
std::string VerdictName(v1::SchemaVerdict::Outcome outcome);
// "given", "refused", "absent"; "unspecified".
std::string ConsentText(v1::Consent consent);

}  // namespace affidavit::cli
