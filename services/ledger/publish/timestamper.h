// Asks an RFC 3161 authority to date a checkpoint. One thread's world.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "db/log_store.h"
#include "services/ledger/publish/http_client.h"

namespace affidavit::ledger {

struct Timestamper {
  std::string name;    // for people
  std::string url;     // http(s)
  std::string ca_pem;  // the roots that its tokens must chain to
};

// A token over `signed_note`'s text, verified up to the authority's roots and trimmed to what that needs. UNAVAILABLE:
// no answer, or a refusal; UNAUTHENTICATED: the answer is no good; INVALID_ARGUMENT: it is no answer of this protocol.
absl::StatusOr<db::StoredTimestamp> RequestTimestamp(const Timestamper& timestamper, const std::string& signed_note,
                                                     HttpClient& http);

}  // namespace affidavit::ledger
