// Retention policies and legal holds as the log's governance entries say them, folded into projection tables
// (migrations/0010_governance) behind a cursor. The log is the record: the tables can be emptied and folded again.
// Functions run inside a caller's transaction and may throw libpqxx's exceptions, which Transact turns into a Status.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "core/retention/protection.h"

namespace affidavit::db {

class Transaction;

struct GovernanceFold {
  int64_t next_leaf_index = 0;      // the cursor afterwards
  int64_t tree_size = 0;            // behind it: fold again
  std::vector<int64_t> unreadable;  // acts of this step that DecodeAct refuses: they have no effect
};

// One bounded step. Concurrent folders wait for each other. DATA_LOSS when a governance entry is not what its digest
// says: the fold stops there.
absl::StatusOr<GovernanceFold> FoldGovernance(Transaction& transaction);

// Policies and holds as far as they are folded. Holds that were released are not in it.
Governance ReadGovernance(Transaction& transaction);

// The policies alone: what admission asks for each second.
RetentionPolicies ReadPolicies(Transaction& transaction);

// How far the objects that were there before an act have been brought up to it (services/mirror/protection_job.h).
// Counts receipts of the mirror.
struct ActProgress {
  int64_t checked_count = 0;
  int64_t total_count = 0;
  int64_t changed_count = 0;
  std::optional<TimePoint> end_time;
};

struct StoredPolicy {
  RetentionPolicy policy;
  std::string actor;             // of the act that made it what it is
  int64_t leaf_index = 0;        // of that act
  int64_t first_leaf_index = 0;  // of the first act on this policy: the order of listings
  TimePoint set_time;
  std::optional<ActProgress> progress;
};

struct StoredHold {
  LegalHold hold;
  int64_t leaf_index = 0;
  TimePoint create_time;
  std::optional<ReleaseHold> release;
  int64_t release_leaf_index = 0;               // set with `release`
  TimePoint release_time;                       // set with `release`
  std::optional<ActProgress> progress;          // of placing it
  std::optional<ActProgress> release_progress;  // of lifting it
};

// In order of their first act, first_leaf_index in [from, tree_size), at most `limit`.
std::vector<StoredPolicy> ListPolicies(Transaction& transaction, int64_t from_leaf_index, int64_t tree_size, int limit);
std::optional<StoredPolicy> FindPolicy(Transaction& transaction, const RetentionPolicy& same);

// In order of creation, leaf_index in [from, tree_size), at most `limit`.
enum class WithReleased { kNo, kYes };
std::vector<StoredHold> ListHolds(Transaction& transaction, int64_t from_leaf_index, int64_t tree_size,
                                  WithReleased released, std::string_view case_reference, int limit);
std::optional<StoredHold> FindHold(Transaction& transaction, std::string_view hold_id);

// What the act at `leaf_index` binds; of a release, what its hold did. Nothing when there is no such act, or a longer
// policy has taken its place.
using ActScope = std::variant<RetentionPolicy, HoldPredicate>;
std::optional<ActScope> FindActScope(Transaction& transaction, int64_t leaf_index);

// Entries with from <= leaf_index < until that the policy binds and whose leaf promises less than its years.
int64_t CountLengthened(Transaction& transaction, const RetentionPolicy& policy, int64_t from_leaf_index,
                        int64_t until_leaf_index);

}  // namespace affidavit::db
