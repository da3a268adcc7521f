// Retention policies and legal holds as JSON documents and as rows for people. Pure.
#pragma once

#include <string>

#include "affidavit/v1/governance_service.pb.h"
#include "boost/json/object.hpp"
#include "cli/text.h"

namespace affidavit::cli {

// Members named as the proto's, times in RFC 3339. What is absent is left out.
boost::json::object PolicyJson(const v1::RetentionPolicy& policy);
boost::json::object HoldJson(const v1::LegalHold& hold);

// "message msg-1 of genesys", "received 2026-01-01T00:00:00.000000Z to any time".
std::string PredicateText(const v1::HoldPredicate& predicate);

// "done, 12 changed", "400 of 2,391 looked at", "waiting for a worker".
std::string ProgressText(bool present, const v1::ActProgress& progress);

Table PolicyTable();
void AddPolicyRow(const v1::RetentionPolicy& policy, Table& table);
Table HoldTable();
void AddHoldRow(const v1::LegalHold& hold, Table& table);

}  // namespace affidavit::cli
