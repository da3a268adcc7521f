// What stands beside entries when a message's chain of custody is told, and what is found by recipient. Functions run
// inside a caller's transaction and may throw libpqxx's exceptions, which Transact turns into a Status.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/digest.h"
#include "core/base/time.h"
#include "core/retention/hold.h"
#include "db/mirror_store.h"

namespace affidavit::db {

class Transaction;
struct NamedStatement;  // db/lookup.h

// Where the copy of an entry lies. retain_until and legal_hold as the last protection receipt says, if there is one.
struct CopyState {
  MirrorReceipt receipt;
  std::string finding;  // why it could not be copied so far: then the receipt has no leaf_index worth reading
  bool has_receipt = false;
};
std::map<int64_t, CopyState> ReadCopies(Transaction& transaction, std::span<const int64_t> leaf_indexes);

// What the projections say of an entry.
struct ProjectedFact {
  std::string carrier, consent, verdict, schema_id, drift_pointer, drift_reason;
};
std::map<int64_t, ProjectedFact> ReadProjectedFacts(Transaction& transaction, std::span<const int64_t> leaf_indexes);

// Active holds that could bind entries with one of these ids, or with any receive time: to be asked with Binds.
std::vector<LegalHold> ReadHoldsFor(Transaction& transaction, const std::string& message_id,
                                    std::span<const std::string> correlation_ids);

// Leaf indexes of entries for a recipient, below `before_leaf_index`, newest first, at most `limit`.
std::vector<int64_t> FindBySubject(Transaction& transaction, const Digest& subject_hash, int64_t before_leaf_index,
                                   int limit);

// For tests: the statements of these, in this order, to look at their plans.
std::span<const NamedStatement> CustodyStatements();

}  // namespace affidavit::db
