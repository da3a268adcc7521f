#include "services/mirror/entry_copier.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/base/status_macros.h"
#include "core/envelope/object_key.h"
#include "services/mirror/mirror_metrics.h"

namespace affidavit::mirror {
namespace {

using EntryState = EntryResult::State;

EntryResult MakeFinding(int64_t leaf_index, std::string_view reason, absl::Status why) {
  return {.leaf_index = leaf_index,
          .state = EntryState::kFinding,
          .receipt = {},
          .reason = std::string(reason),
          .why = std::move(why)};
}

// What a store's error means for one entry.
EntryResult ResultOfError(int64_t leaf_index, absl::Status why) {
  switch (why.code()) {
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kDataLoss:
      return MakeFinding(leaf_index, kReasonOtherObject, std::move(why));
    case absl::StatusCode::kInvalidArgument:
      return MakeFinding(leaf_index, kReasonRefused, std::move(why));
    default:
      // Over by itself, or once somebody has mended bucket and credentials: nothing that is this entry's own.
      return {
          .leaf_index = leaf_index, .state = EntryState::kWaiting, .receipt = {}, .reason = "", .why = std::move(why)};
  }
}

}  // namespace

struct EntryCopier::Job {
  size_t place = 0;  // among the results
  int64_t leaf_index = 0;
  std::string_view payload;
  LeafFields fields;
  Protection protection;
};

EntryCopier::EntryCopier(const MirrorOptions* options, objectstore::ObjectStore* store,
                         std::function<absl::Status()> check)
    : options_(options),
      store_name_(store->Name()),
      check_(std::move(check)),
      copier_(store, options->verify_existing),
      threads_(std::max(1, options->concurrency)) {}

std::vector<EntryResult> EntryCopier::Copy(const std::vector<db::MirrorEntry>& entries, int64_t may_exist_below) {
  std::vector<EntryResult> results(entries.size());
  std::vector<Job> jobs;
  for (size_t i = 0; i < entries.size(); ++i) {
    const int64_t leaf_index = entries[i].leaf_index;
    const absl::StatusOr<db::StoredEntry>& entry = entries[i].entry;
    absl::StatusOr<LeafFields> fields = entry.ok() ? DecodeLeaf(entry->leaf) : entry.status();
    if (!fields.ok()) {
      results[i] = MakeFinding(leaf_index, kReasonUnreadable, fields.status());
    } else if (fields->kind == EntryKind::kExcluded) {
      results[i] = {.leaf_index = leaf_index,
                    .state = EntryState::kReceipt,
                    .receipt = {.leaf_index = leaf_index,
                                .outcome = db::MirrorOutcome::kLeftOut,
                                .worker_id = options_->worker_id},
                    .reason = "",
                    .why = {}};
    } else if (!entry->payload.has_value()) {
      results[i] = MakeFinding(leaf_index, kReasonPayloadGone, absl::NotFoundError("its payload was disposed of"));
    } else {
      const TimePoint retain_until = fields->retain_until;
      jobs.push_back({i, leaf_index, *entry->payload, *std::move(fields), {retain_until, false}});
    }
  }
  if (const absl::Status status = Protect(jobs); !status.ok()) {
    for (const Job& job : jobs) {
      results[job.place] = ResultOfError(job.leaf_index, absl::UnavailableError(status.message()));
    }
    return results;
  }
  threads_.Run(jobs.size(),
               [&](size_t i) { results[jobs[i].place] = CopyOne(jobs[i], jobs[i].leaf_index < may_exist_below); });
  return results;
}

absl::Status EntryCopier::Protect(std::vector<Job>& jobs) const {
  if (!options_->protect || jobs.empty()) {
    return absl::OkStatus();
  }
  std::vector<EntryToProtect> entries;
  entries.reserve(jobs.size());
  for (const Job& job : jobs) {
    entries.push_back({job.leaf_index, &job.fields, job.payload});
  }
  ASSIGN_OR_RETURN(const std::vector<Protection> protections, options_->protect(entries));
  if (protections.size() != jobs.size()) {
    return absl::InternalError("not as many protections as entries");
  }
  for (size_t i = 0; i < jobs.size(); ++i) {
    jobs[i].protection = protections[i];
    // Only ever longer than what the leaf promises.
    jobs[i].protection.retain_until = std::max(jobs[i].protection.retain_until, jobs[i].fields.retain_until);
  }
  return absl::OkStatus();
}

EntryResult EntryCopier::CopyOne(const Job& job, bool may_exist) const {
  if (absl::Status status = check_(); !status.ok()) {
    return ResultOfError(job.leaf_index, std::move(status));
  }
  const std::string key = EntryObjectKey(job.fields, job.leaf_index);
  const auto start = std::chrono::steady_clock::now();
  const absl::StatusOr<CopiedObject> copied = copier_.Copy({.key = key,
                                                            .body = job.payload,
                                                            .sha256 = job.fields.payload_sha256,
                                                            .retain_until = job.protection.retain_until,
                                                            .legal_hold = job.protection.legal_hold,
                                                            .metadata = EntryObjectMetadata(job.fields),
                                                            .content_type = "application/json"},
                                                           may_exist);
  CountCopy(copied, std::chrono::steady_clock::now() - start);
  if (!copied.ok()) {
    return ResultOfError(job.leaf_index, copied.status());
  }
  return {.leaf_index = job.leaf_index,
          .state = EntryState::kReceipt,
          .receipt = {.leaf_index = job.leaf_index,
                      .outcome = copied->existed ? db::MirrorOutcome::kExisting : db::MirrorOutcome::kCopied,
                      .store = store_name_,
                      .object_key = key,
                      .version_id = copied->version_id,
                      .checksum = job.fields.payload_sha256,
                      .retain_until = copied->retain_until,
                      .store_time = copied->store_time,
                      .legal_hold = copied->legal_hold,
                      .worker_id = options_->worker_id},
          .reason = "",
          .why = {}};
}

}  // namespace affidavit::mirror
