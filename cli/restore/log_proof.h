// Whether the leaves in a bucket are those that a checkpoint was signed over, before anything is done with them. One
// pass over all entry bundles; memory grows by 32 bytes for 256 leaves.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/fsck/findings.h"
#include "cli/restore/bucket_log.h"
#include "core/base/digest.h"
#include "core/checkpoint/checkpoint.h"
#include "core/envelope/leaf.h"

namespace affidavit::cli {

struct LogRecord {
  int64_t leaf_index = 0;
  LeafFields fields;
};

struct ProvenLog {
  std::vector<Digest> page_digests;   // by entry bundle
  std::map<uint64_t, Digest> roots;   // of the sizes that were asked for
  std::vector<LogRecord> recoveries;  // the governance records that announce incarnations
};

using ShowProgress = std::function<void(int64_t done, int64_t total)>;

// DATA_LOSS when no versions of the bundles lead to target's root. What lies on top of a good one is a finding.
absl::StatusOr<ProvenLog> ProveLog(const BucketLog& log, const Checkpoint& target, const std::set<uint64_t>& root_sizes,
                                   size_t thread_count, Findings& findings, const ShowProgress& show);

// The leaves of a bundle as they were proven.
absl::StatusOr<BucketPage> ReadProvenPage(const BucketLog& log, const ProvenLog& proven, uint64_t index);

}  // namespace affidavit::cli
