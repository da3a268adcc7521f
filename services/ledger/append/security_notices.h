// What adapters have to say to a SIEM, on its way through the ledger: the journal of the process holds it until the
// housekeeper has written it down. Thread-safe.
#pragma once

#include "absl/status/status.h"
#include "affidavit/v1/append_service.pb.h"
#include "db/connection_pool.h"

namespace affidavit::ledger {

// Adds "adapter_id" to the details of each. What breaks the rules of append_service.proto is left out, with a line in
// our log: it must not hold up the envelopes that came with it.
void TakeNotices(const v1::AppendEnvelopesRequest& request);

// Writes what waits in the journal, the ledger's own alerts as well, into affidavit_state.security_events.
absl::Status WriteSecurityEvents(db::ConnectionPool& pool);

}  // namespace affidavit::ledger
