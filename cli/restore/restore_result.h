// What a restore was told to do, and what came of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/fsck/findings.h"
#include "core/checkpoint/checkpoint.h"

namespace affidavit::cli {

struct RestoreOptions {
  CheckpointPolicy policy;                // the log's keys, of one name, which is its first origin
  std::vector<VerifierKey> witness_keys;  // whose cosignatures are known again
  std::optional<std::string> guard_note;  // the last signed checkpoint as a ledger's guard file kept it
  int retention_years = 0;                // of the record that opens an incarnation
  int incarnation_min = 0;                // none is opened below it
  size_t thread_count = 8;                // requests under way
  bool thaw = false;                      // ask for what is archived
};

struct RestoreResult {
  Checkpoint target;             // the newest checkpoint in the bucket
  int64_t tree_size_before = 0;  // what the database had
  int64_t entry_count = 0;       // of this run, as all that follows
  int64_t payload_count = 0;
  int64_t left_out_count = 0;  // excluded ones, which the mirror never copies
  int64_t disposed_count = 0;  // gone from the bucket past their retention
  int64_t archived_count = 0;  // to be thawed, and restored by a later run
  int64_t thawing_count = 0;   // of those, asked for
  int64_t checkpoint_count = 0;
  std::optional<Checkpoint> guard_ahead;  // the guard knows of more than the bucket has
  std::string opened_origin;              // of the incarnation that was opened; empty: none
  std::vector<std::string> archived;      // the first kFindingsKeptMax object keys
  Findings findings;
};

}  // namespace affidavit::cli
