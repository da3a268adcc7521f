// Reads quarantined and excluded entries back so that they can be admitted again under the source's present profile.
// Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/envelope/leaf.h"
#include "db/connection_pool.h"

namespace affidavit::ledger {

struct Readmission {
  int64_t leaf_index;
  LeafFields fields;  // of the old leaf
  std::shared_ptr<const std::string> payload;
};

// Which of `leaf_indexes` cannot be readmitted.
struct NotReadmittable {
  std::vector<int64_t> missing;
  std::vector<int64_t> of_other_kind;
};

// Looks at every entry without its payload. The pool's errors, and DATA_LOSS for an entry that does not match its
// digest.
absl::StatusOr<NotReadmittable> FindNotReadmittable(db::ConnectionPool& pool, const std::vector<int64_t>& leaf_indexes);

// One entry with its payload. FAILED_PRECONDITION when the payload has been disposed of; NOT_FOUND.
absl::StatusOr<Readmission> ReadForReadmission(db::ConnectionPool& pool, int64_t leaf_index);

// Why an entry was excluded or quarantined, as its leaf says; "" for other entries, and when it cannot be read now.
std::string ReadReason(db::ConnectionPool& pool, int64_t leaf_index);

// The old entry's bytes and evidence as an envelope of today. Views into `readmission`.
struct IncomingEnvelope;
IncomingEnvelope EnvelopeOf(const Readmission& readmission);

}  // namespace affidavit::ledger
