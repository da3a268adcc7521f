#include "cli/restore/payload_copy.h"

#include <utility>

#include "cli/restore/bucket.h"
#include "core/base/status_macros.h"
#include "core/envelope/object_key.h"

namespace affidavit::cli {

absl::StatusOr<PayloadCopy> FindPayloadCopy(objectstore::ObjectStore& store, int64_t leaf_index, const LeafFields& leaf,
                                            TimePoint now) {
  PayloadCopy copy;
  if (leaf.kind == EntryKind::kExcluded) {
    copy.state = CopyState::kLeftOut;
    return copy;
  }
  copy.object_key = EntryObjectKey(leaf, leaf_index);
  ASSIGN_OR_RETURN(FoundObject found, FindObject(store, copy.object_key, [&leaf](const std::string& body) {
                     return static_cast<int64_t>(body.size()) == leaf.payload_size &&
                            Sha256(body) == leaf.payload_sha256;
                   }));
  if (found.object) {
    copy.state = CopyState::kThere;
    copy.bytes = std::move(found.object->body);
    copy.info = std::move(found.object->info);
    copy.is_covered = found.is_covered;
  } else if (found.is_archived) {
    copy.state = CopyState::kArchived;
    copy.info.version_id = std::move(found.archived_version_id);
  } else if (found.is_wrong) {
    copy.state = CopyState::kWrong;
  } else {
    copy.state = leaf.retain_until < now ? CopyState::kDisposed : CopyState::kMissing;
  }
  return copy;
}

db::MirrorReceipt ReceiptOf(int64_t leaf_index, const LeafFields& leaf, const PayloadCopy& copy,
                            const std::string& store_name) {
  db::MirrorReceipt receipt;
  receipt.leaf_index = leaf_index;
  receipt.worker_id = kRestoreWorkerId;
  if (copy.state == CopyState::kLeftOut) {
    receipt.outcome = db::MirrorOutcome::kLeftOut;
    return receipt;
  }
  receipt.outcome = db::MirrorOutcome::kExisting;
  receipt.store = store_name;
  receipt.object_key = copy.object_key;
  receipt.version_id = copy.info.version_id;
  receipt.checksum = leaf.payload_sha256;
  receipt.retain_until = copy.info.retain_until;
  receipt.store_time = copy.info.store_time;
  receipt.legal_hold = copy.info.legal_hold;
  return receipt;
}

}  // namespace affidavit::cli
