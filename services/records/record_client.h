// Appends records of the worker's own (status, reconciliation, access) to the log, through the ledger. Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "config/config.h"
#include "core/base/time.h"
#include "core/envelope/entry_kind.h"

namespace affidavit::records {

struct Record {
  EntryKind kind = EntryKind::kStatus;
  std::string source;
  std::string idempotency_key;  // 1 to 512 bytes; the entry's event_id
  std::string payload;          // a JSON document
  std::string event_type, channel, message_id, correlation_id;
  std::optional<TimePoint> event_time;
};

struct RecordReceipt {
  int64_t leaf_index = 0;
  bool is_new = false;  // false: the record was there already
};

class RecordClient {
 public:
  virtual ~RecordClient() = default;

  // One receipt a record, in order. Repeats safely. At most 100 records. UNAVAILABLE: try again later, any of them may
  // be there. INVALID_ARGUMENT: one of them, or the call, is no good and never will be; others may be there.
  // FAILED_PRECONDITION: nothing is taken as things are (a rolled-back log, credentials), until somebody acts.
  virtual absl::StatusOr<std::vector<RecordReceipt>> Append(std::span<const Record> records,
                                                            std::chrono::milliseconds time_max) = 0;
};

// Over gRPC, as [worker] says. Connects when first needed.
std::unique_ptr<RecordClient> MakeGrpcRecordClient(const config::WorkerConfig& worker);

}  // namespace affidavit::records
