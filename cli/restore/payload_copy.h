// The copy of one entry's payload in the bucket. Thread-safe.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "core/base/time.h"
#include "core/envelope/leaf.h"
#include "db/mirror_store.h"
#include "services/objectstore/object_store.h"

namespace affidavit::cli {

// Of receipts that a restore writes, instead of a worker.
inline constexpr char kRestoreWorkerId[] = "restore";

enum class CopyState {
  kThere,     // with the bytes that the leaf names
  kLeftOut,   // excluded: never copied
  kDisposed,  // not there, and past its retention
  kArchived,  // to be thawed first
  kMissing,
  kWrong,  // there are versions, and none is what the leaf names
};

struct PayloadCopy {
  CopyState state = CopyState::kMissing;
  std::string object_key;
  std::string bytes;             // kThere
  objectstore::ObjectInfo info;  // kThere; of kArchived the version_id only
  bool is_covered = false;       // kThere, and something else lies on top of it
};

// An error is the store's, and says nothing about the object.
absl::StatusOr<PayloadCopy> FindPayloadCopy(objectstore::ObjectStore& store, int64_t leaf_index, const LeafFields& leaf,
                                            TimePoint now);

// REQUIRES: kThere with a lock, or kLeftOut.
db::MirrorReceipt ReceiptOf(int64_t leaf_index, const LeafFields& leaf, const PayloadCopy& copy,
                            const std::string& store_name);

}  // namespace affidavit::cli
