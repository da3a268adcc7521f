// Puts one object into the store, once: what is there already is looked at and never replaced. Thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/objectstore/object_store.h"

namespace affidavit::mirror {

struct CopiedObject {
  bool existed = false;
  bool is_repeat = false;  // put although it may have been there: perhaps a version more of the same bytes
  std::string version_id;
  TimePoint store_time;
  TimePoint retain_until;
  bool legal_hold = false;
};

class Copier {
 public:
  // `store` outlives it. `verify_existing` is false for a role that may not read.
  Copier(objectstore::ObjectStore* store, bool verify_existing) : store_(store), verify_existing_(verify_existing) {}

  // With `may_exist` the store is asked first. An object of the same bytes is a success; its lock is lengthened and its
  // hold set where they fall short of the request's. ALREADY_EXISTS: other bytes lie there; they are left alone. Where
  // what is there cannot be read, it is put again: another version of the same bytes. Other errors are the store's.
  // REQUIRES: request.retain_until.
  absl::StatusOr<CopiedObject> Copy(objectstore::PutRequest request, bool may_exist) const;

 private:
  // NOT_FOUND: put it. ALREADY_EXISTS as Copy. PERMISSION_DENIED: cannot be looked at, or not be locked as it must be.
  absl::StatusOr<CopiedObject> Adopt(const objectstore::PutRequest& request) const;
  absl::Status CompareBytes(const objectstore::PutRequest& request, const objectstore::ObjectInfo& info) const;
  absl::StatusOr<CopiedObject> Put(const objectstore::PutRequest& request) const;

  objectstore::ObjectStore* const store_;
  const bool verify_existing_;
};

}  // namespace affidavit::mirror
