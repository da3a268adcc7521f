// What `affidavit recover` finds out and does, without its options and its words: docs/runbook.md, "log_rolled_back".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/time.h"
#include "core/checkpoint/checkpoint.h"
#include "db/append_store.h"
#include "db/connection_options.h"

namespace affidavit::cli {

// What is known of the log outside its database.
struct LogIdentity {
  CheckpointPolicy policy;                // the log's keys; all of one name, which is its first origin
  std::optional<std::string> guard_note;  // of the guard file; nothing when there is none
};

struct LostLog {
  std::string why;
  std::string lost_note;  // the last checkpoint that the database does not extend
  Checkpoint lost;
  std::string new_origin;
  int new_number = 0;
  int64_t tree_size = 0;                       // of the database
  int64_t agreed_tree_size = 0;                // up to which a checkpoint in the database still holds
  std::optional<TimePoint> last_receive_time;  // of the database's newest entry
  // False after a restore from the object store: `lost` is the newest checkpoint there, and nobody can say how much was
  // acknowledged beyond it.
  bool is_end_known = true;

  // Signed leaf indexes [first_lost, lost.tree_size) are gone, or others stand in their place.
  int64_t first_lost() const;
};

// Nothing when the database extends all that is known. FAILED_PRECONDITION when the guard or the database's newest
// checkpoint is none of this log's. UNAVAILABLE when the database is.
absl::StatusOr<std::optional<LostLog>> FindLoss(const db::ConnectionOptions& options, const LogIdentity& identity);

// The governance record that names the loss; the entry's payload is `payload`, which outlives it.
std::string RecoveryPayload(const LostLog& loss);
absl::StatusOr<db::NewEntry> MakeRecoveryRecord(const LostLog& loss, const std::string& payload, int retention_years);

// Appends that record and opens the new incarnation. Returns the record's leaf_index.
// Repeats safely. ABORTED when something was appended since FindLoss.
absl::StatusOr<int64_t> OpenNewIncarnation(const db::ConnectionOptions& options, const LostLog& loss,
                                           int retention_years);

}  // namespace affidavit::cli
