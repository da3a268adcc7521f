#include "services/ledger/append/key_registry.h"

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "db/state.h"

namespace affidavit::ledger {

absl::Status KeyRegistry::Check(const std::vector<Key>& keys) {
  for (const Key& key : keys) {
    absl::Status status = CheckKnown(key);
    if (status.code() == absl::StatusCode::kNotFound) {
      status = Record(key);
    }
    RETURN_IF_ERROR(status);
  }
  return absl::OkStatus();
}

absl::Status KeyRegistry::CheckKnown(const Key& key) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto known = known_.find({key.source, key.key_id});
  if (known == known_.end()) {
    return absl::NotFoundError("not seen by this process");
  }
  if (known->second != key.key_fingerprint) {
    return absl::FailedPreconditionError(absl::StrCat("key id ", key.key_id, " of source ", key.source,
                                                      " is on record with another secret: give a new secret a new id"));
  }
  return absl::OkStatus();
}

absl::Status KeyRegistry::Record(const Key& key) {
  RETURN_IF_ERROR(pool_->Transact([&key](db::Transaction& transaction) {
    return db::RecordSigningKey(transaction, key.source, key.key_id, key.key_fingerprint);
  }));
  const std::lock_guard<std::mutex> lock(mutex_);
  known_.emplace(std::pair(key.source, key.key_id), key.key_fingerprint);
  return absl::OkStatus();
}

}  // namespace affidavit::ledger
