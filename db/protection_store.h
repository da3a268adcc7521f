// What the job of services/mirror/protection_job.h keeps: which acts have been applied to the objects that were there
// before them, how far, and what was done to each object (evidence, append-only). migrations/0010_governance. Functions
// run inside a caller's transaction and may throw libpqxx's exceptions, which Transact turns into a Status.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/retention/protection.h"

namespace affidavit::db {

class Transaction;

// A copied object, as the mirror's receipt names it, and the members of its entry's leaf that protection looks at.
struct ProtectedObject {
  int64_t receipt_id = 0;
  int64_t leaf_index = 0;
  std::string store, object_key, version_id;
  LeafFields fields;           // only those that ProtectionOf looks at
  EntryProtection protection;  // as the object was left last
  bool hold_in_doubt = false;  // somebody set out to change its hold, and nobody knows whether that was done
};

// Receipts with from <= receipt_id < until, in that order; what was left out of the store is not there.
std::vector<ProtectedObject> ListProtectedObjects(Transaction& transaction, int64_t receipt_id_from,
                                                  int64_t receipt_id_until);

// The number of receipts: the next receipt_id.
int64_t ReadReceiptCount(Transaction& transaction);

// Up to which receipt every one was compared with all that was folded, and up to which act there are jobs.
struct ProtectionTail {
  int64_t next_receipt_id = 0;
  int64_t next_act_leaf_index = 0;
};
ProtectionTail ReadProtectionTail(Transaction& transaction);
void SetProtectionTail(Transaction& transaction, int64_t next_receipt_id);

// A job for each act that is folded and has none, over all receipts that were compared before: those from the tail on
// are compared with the act anyway. Returns how many. REQUIRES: the caller is the only one who works on protection.
int64_t OpenProtectionJobs(Transaction& transaction);

struct ProtectionJobState {
  int64_t act_leaf_index = 0;
  int64_t next_receipt_id = 0;
  int64_t until_receipt_id = 0;
};
// The oldest that is not at its end.
std::optional<ProtectionJobState> ReadOpenProtectionJob(Transaction& transaction);

// Moves a job to `next_receipt_id`, and ends it when that is its last.
void AdvanceProtectionJob(Transaction& transaction, int64_t act_leaf_index, int64_t next_receipt_id,
                          int64_t changed_count);

struct ProtectionReceipt {
  int64_t leaf_index = 0;
  int64_t regarded_leaf_index = 0;  // governance entries below it were regarded
  EntryProtection protection;
  std::string worker_id;
};
void InsertProtectionReceipt(Transaction& transaction, const ProtectionReceipt& receipt);

// Before an object's hold is changed, and after it was.
void RecordHoldDoubt(Transaction& transaction, int64_t receipt_id);
void ForgetHoldDoubt(Transaction& transaction, int64_t receipt_id);

// An object that was passed, and why; it counts one more attempt when it was there.
void RecordProtectionFinding(Transaction& transaction, int64_t receipt_id, std::string_view detail);
void ForgetProtectionFinding(Transaction& transaction, int64_t receipt_id);
// Receipts of those last tried `age` ago or longer, the ones tried longest ago first.
std::vector<int64_t> ListProtectionFindings(Transaction& transaction, std::chrono::seconds age, int limit);

// What is left to do, for gauges.
struct ProtectionBacklog {
  int64_t receipt_count = 0;  // of the jobs that are not at their end
  int64_t finding_count = 0;
};
ProtectionBacklog ReadProtectionBacklog(Transaction& transaction);

}  // namespace affidavit::db
