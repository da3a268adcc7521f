#include "services/mirror/copier.h"

#include <algorithm>

#include "core/base/encoding.h"
#include "core/base/status_macros.h"

namespace affidavit::mirror {
namespace {

using objectstore::Object;
using objectstore::ObjectInfo;
using objectstore::PutRequest;

absl::Status OtherBytes() {
  return absl::AlreadyExistsError("an object of other bytes lies under the key");
}

}  // namespace

absl::StatusOr<CopiedObject> Copier::Copy(PutRequest request, bool may_exist) const {
  // The store's own refusal costs nothing, and holds where no cursor knows of an earlier PUT: after a restore.
  request.only_if_absent = verify_existing_;
  bool look = may_exist && verify_existing_;
  bool is_repeat = may_exist;
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (look) {
      absl::StatusOr<CopiedObject> adopted = Adopt(request);
      if (adopted.ok() || (!absl::IsNotFound(adopted.status()) && !absl::IsPermissionDenied(adopted.status()))) {
        return adopted;
      }
      // Where it cannot be looked at, a version more of the same bytes is what is left.
      is_repeat = absl::IsPermissionDenied(adopted.status());
      request.only_if_absent = !is_repeat;
    }
    absl::StatusOr<CopiedObject> put = Put(request);
    if (put.ok()) {
      put->is_repeat = is_repeat;
    }
    if (!request.only_if_absent || !absl::IsAlreadyExists(put.status())) {
      return put;
    }
    look = true;
  }
  return absl::UnavailableError("the key was free and taken by turns");
}

absl::StatusOr<CopiedObject> Copier::Adopt(const PutRequest& request) const {
  ASSIGN_OR_RETURN(ObjectInfo info, store_->Head(request.key, ""));
  RETURN_IF_ERROR(CompareBytes(request, info));
  if (!info.retain_until.has_value() || *info.retain_until < *request.retain_until || info.lock_mode != "COMPLIANCE") {
    RETURN_IF_ERROR(store_->ExtendRetention(request.key, info.version_id, *request.retain_until));
    info.retain_until = request.retain_until;
  }
  if (request.legal_hold && !info.legal_hold) {
    RETURN_IF_ERROR(store_->SetLegalHold(request.key, info.version_id, true));
    info.legal_hold = true;
  }
  return CopiedObject{.existed = true,
                      .version_id = info.version_id,
                      .store_time = info.store_time,
                      .retain_until = *info.retain_until,
                      .legal_hold = info.legal_hold};
}

absl::Status Copier::CompareBytes(const PutRequest& request, const ObjectInfo& info) const {
  if (info.size != static_cast<int64_t>(request.body.size())) {
    return OtherBytes();
  }
  if (info.sha256.has_value()) {
    return *info.sha256 == request.sha256 ? absl::OkStatus() : OtherBytes();
  }
  // The store keeps no digest. What the metadata says anybody could have written there, so the bytes are read, unless
  // they lie in an archive.
  const absl::StatusOr<Object> object = store_->Get(request.key, info.version_id);
  if (absl::IsFailedPrecondition(object.status())) {
    const auto hash = info.metadata.find("audit_hash");
    return hash != info.metadata.end() && hash->second == HexEncode(AsBytes(request.sha256)) ? absl::OkStatus()
                                                                                             : OtherBytes();
  }
  RETURN_IF_ERROR(object.status());
  return object->body == request.body ? absl::OkStatus() : OtherBytes();
}

absl::StatusOr<CopiedObject> Copier::Put(const PutRequest& request) const {
  ASSIGN_OR_RETURN(const objectstore::PutResult result, store_->Put(request));
  return CopiedObject{.existed = false,
                      .version_id = result.version_id,
                      .store_time = result.store_time,
                      .retain_until = *request.retain_until,
                      .legal_hold = request.legal_hold};
}

}  // namespace affidavit::mirror
