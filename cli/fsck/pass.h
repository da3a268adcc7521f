// One pass of `affidavit fsck` over the ledger: what it reads, in which order, and where it goes on after an
// interruption. It takes no lock and holds no transaction longer than a page: appends go on meanwhile, and it checks
// the log as it was when it began.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/fsck/entry_check.h"
#include "cli/fsck/findings.h"
#include "cli/fsck/id_set.h"
#include "cli/fsck/tree_check.h"
#include "db/connection.h"

namespace affidavit::cli {

struct FsckOptions {
  int64_t begin = 0;         // not 0: only entries from here on; the tree below is taken from the stored tiles
  int64_t sample_count = 0;  // not 0: so many entries at random, each with its inclusion in the tree
  uint32_t seed = 0;         // of the sample
  CheckpointPolicy policy;   // without keys: signatures are not checked
  std::vector<OutsideCheckpoint> outside;
  std::vector<std::string> outside_problems;  // of files that were to be outside checkpoints: findings
  std::string state_file;                     // not empty: where to keep the place
};

struct FsckResult {
  int64_t tree_size = 0;
  int64_t entry_count = 0;  // checked, in this run and those it goes on from
  int64_t checkpoint_count = 0;
  int64_t disposed_count = 0;    // entries past their retention whose payload is gone
  int64_t unrestored_count = 0;  // excluded entries whose payload no restore could bring back, for it was never copied
  TimePoint start_time;          // of the first run
  Findings findings;

  bool IsFullPass(const FsckOptions& options) const { return options.begin == 0 && options.sample_count == 0; }
};

class FsckRun {
 public:
  using Show = std::function<void(int64_t done, int64_t total)>;

  FsckRun(db::Connection* connection, FsckOptions options, Show show);

  // A finding is no error: an error means that the check could not be made.
  absl::StatusOr<FsckResult> Run();

 private:
  struct Stamp {
    int64_t leaf_index = 0;
    std::optional<TimePoint> time;
  };
  struct NamedPayload {
    int64_t leaf_index = 0;
    const LeafFields* leaf = nullptr;
  };

  absl::Status Scan();
  absl::Status Sample();
  absl::StatusOr<std::vector<db::EntryRow>> ReadRows(int64_t begin, int64_t end);
  std::vector<CheckedEntry> CheckRows(const std::vector<db::EntryRow>& rows);
  absl::Status CheckPayloads(const std::vector<db::EntryRow>& rows, const std::vector<CheckedEntry>& checked);
  absl::Status CheckPayloadPart(std::vector<NamedPayload> part);
  // Of entries that are to have a payload and have none.
  absl::Status CheckAbsent(const std::vector<NamedPayload>& absent);
  // Those that are said to be no jsonb: one at a time, for the failure of each is what is to be seen.
  absl::Status CheckRefused(const std::vector<int64_t>& leaf_indexes);
  absl::Status CheckJson(const std::vector<int64_t>& leaf_indexes);
  void NoteMissing(int64_t begin, int64_t end);
  // integrate_time is in no leaf: all that can be said is that the log's clock ran forward.
  void CheckClock(Stamp stamp);
  void FinishClock();
  absl::Status FindOrphans();
  absl::Status GoOn();  // from the state file, if there is one
  absl::Status Keep();  // the place
  void Add(int64_t leaf_index, std::string_view about, std::string_view problem);

  db::Connection* const connection_;
  const FsckOptions options_;
  const Show show_;
  FsckResult result_;
  db::LogExtent extent_;
  TimePoint database_time_;
  std::unique_ptr<TreeCheck> tree_;
  int64_t next_ = 0;
  IdSet payload_ids_;
  std::optional<Stamp> before_last_, last_;
  std::chrono::steady_clock::time_point next_keep_;
};

}  // namespace affidavit::cli
