// The parts of GetStatus' answer, read and put on the wire. Functions run inside the caller's transaction.
#pragma once

#include "absl/status/status.h"
#include "affidavit/v1/query_service.pb.h"

namespace affidavit::db {
class Transaction;
}

namespace affidavit::ledger {

// Everything that the database says but LogStatus.
void SetStoreStatus(db::Transaction& transaction, v1::GetStatusResponse& response);

// `gate`: whether this ledger may append (QueryServiceOptions::check_gate).
void SetLogStatus(db::Transaction& transaction, const absl::Status& gate, v1::LogStatus& log);

}  // namespace affidavit::ledger
