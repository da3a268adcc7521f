#include "cli/restore/log_proof.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/restore/bucket.h"
#include "core/base/status_macros.h"
#include "core/merkle/compact_range.h"

namespace affidavit::cli {
namespace {

constexpr uint64_t kPagesAtOnce = 32;

enum class Trial {
  kTop,           // what lies on top
  kAgreed,        // what a version of its tile confirms
  kAgreedOldest,  // … the oldest first: whoever covers bundles can cover tiles too
};

Digest PageDigest(const std::vector<Digest>& leaf_hashes) {
  std::string joined;
  for (const Digest& hash : leaf_hashes) {
    joined += AsBytes(hash);
  }
  return Sha256(joined);
}

absl::StatusOr<BucketPage> ReadTried(const BucketLog& log, uint64_t index, Trial trial) {
  if (trial == Trial::kTop) {
    return log.ReadPage(index, BucketLog::Order::kNewestFirst, [](const BucketPage&) { return true; });
  }
  ASSIGN_OR_RETURN(const std::vector<std::vector<Digest>> tiles, log.ReadTileVersions(index));
  return log.ReadPage(index, trial == Trial::kAgreed ? BucketLog::Order::kNewestFirst : BucketLog::Order::kOldestFirst,
                      [&tiles](const BucketPage& page) {
                        return tiles.empty() || std::find(tiles.begin(), tiles.end(), page.leaf_hashes) != tiles.end();
                      });
}

// One pass, folding leaves into roots.
class Prover {
 public:
  Prover(const BucketLog& log, const std::set<uint64_t>& root_sizes, size_t thread_count, const ShowProgress& show)
      : log_(log), root_sizes_(root_sizes), thread_count_(thread_count), show_(show) {}

  absl::Status Run(Trial trial);

  const Digest& root() const { return root_; }
  ProvenLog& proven() { return proven_; }
  const std::vector<std::string>& covered() const { return covered_; }

 private:
  absl::Status Fold(const BucketPage& page);
  void NoteRecovery(uint64_t leaf_index, const std::string& leaf);

  const BucketLog& log_;
  const std::set<uint64_t>& root_sizes_;
  const size_t thread_count_;
  const ShowProgress& show_;
  CompactRange range_;
  Digest root_{};
  ProvenLog proven_;
  std::vector<std::string> covered_;
};

absl::Status Prover::Run(Trial trial) {
  if (root_sizes_.contains(0)) {
    ASSIGN_OR_RETURN(proven_.roots[0], range_.Root());
  }
  for (uint64_t begin = 0; begin < log_.page_count(); begin += kPagesAtOnce) {
    const uint64_t count = std::min(kPagesAtOnce, log_.page_count() - begin);
    std::vector<absl::StatusOr<BucketPage>> pages(count, absl::UnknownError("not read"));
    InParallel(thread_count_, count, [&](size_t i) { pages[i] = ReadTried(log_, begin + i, trial); });
    for (absl::StatusOr<BucketPage>& page : pages) {
      RETURN_IF_ERROR(page.status());
      RETURN_IF_ERROR(Fold(*page));
    }
    show_(static_cast<int64_t>(range_.end()), static_cast<int64_t>(log_.size()));
  }
  ASSIGN_OR_RETURN(root_, range_.Root());
  return absl::OkStatus();
}

absl::Status Prover::Fold(const BucketPage& page) {
  for (size_t i = 0; i < page.leaves.size(); ++i) {
    NoteRecovery(range_.end(), page.leaves[i]);
    range_.Append(page.leaf_hashes[i]);
    if (root_sizes_.contains(range_.end())) {
      ASSIGN_OR_RETURN(proven_.roots[range_.end()], range_.Root());
    }
  }
  proven_.page_digests.push_back(PageDigest(page.leaf_hashes));
  if (page.is_covered) {
    covered_.push_back(page.object_key);
  }
  return absl::OkStatus();
}

void Prover::NoteRecovery(uint64_t leaf_index, const std::string& leaf) {
  if (leaf.find("log:recovered") == std::string::npos) {
    return;
  }
  absl::StatusOr<LeafFields> fields = DecodeLeaf(leaf);
  if (fields.ok() && fields->kind == EntryKind::kGovernance && fields->source == "affidavit" &&
      fields->event_type == "log:recovered") {
    proven_.recoveries.push_back({static_cast<int64_t>(leaf_index), *std::move(fields)});
  }
}

}  // namespace

absl::StatusOr<ProvenLog> ProveLog(const BucketLog& log, const Checkpoint& target, const std::set<uint64_t>& root_sizes,
                                   size_t thread_count, Findings& findings, const ShowProgress& show) {
  absl::Status why;
  for (const Trial trial : {Trial::kTop, Trial::kAgreed, Trial::kAgreedOldest}) {
    Prover prover(log, root_sizes, thread_count, show);
    const absl::Status status = prover.Run(trial);
    if (!status.ok() && !absl::IsDataLoss(status)) {
      return status;
    }
    if (!status.ok()) {
      why = status;
    } else if (prover.root() == target.root_hash) {
      for (const std::string& key : prover.covered()) {
        findings.Add("log files",
                     absl::StrCat(key, ": something else lies on top of the version that was signed over"));
      }
      return std::move(prover.proven());
    } else if (why.ok()) {
      why = absl::DataLossError(absl::StrCat("the ", target.tree_size,
                                             " leaves in the bucket are not those that its newest checkpoint was "
                                             "signed over"));
    }
  }
  return why;
}

absl::StatusOr<BucketPage> ReadProvenPage(const BucketLog& log, const ProvenLog& proven, uint64_t index) {
  return log.ReadPage(index, BucketLog::Order::kNewestFirst, [&](const BucketPage& page) {
    return PageDigest(page.leaf_hashes) == proven.page_digests[index];
  });
}

}  // namespace affidavit::cli
