// What a SIEM sink is told: the receipts of the mirror in the order of their commits, and security events; and how far
// each sink has come. Functions run inside a caller's transaction and may throw libpqxx's exceptions, which Transact
// turns into a Status.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "core/base/time.h"

namespace affidavit::db {

class Transaction;

// One row of affidavit.mirror_receipts with what its entry says. Digests are lower-case hex.
struct WriteReceipt {
  int64_t receipt_id = 0;  // dense, in the order of commits
  int64_t leaf_index = 0;
  std::string kind, source;
  std::optional<std::string> event_id;
  std::string payload_sha256;
  std::string outcome;                        // copied | existing | left_out
  std::string store, object_key, version_id;  // empty where nothing was copied
  std::optional<TimePoint> retain_until;
  bool legal_hold = false;
  std::string worker_id;
  TimePoint write_time;
};

struct SecurityEvent {
  int64_t event_id = 0;  // rising in the order of commits, not dense
  TimePoint event_time;
  std::string name;     // an alert's, or "unauthorized"
  std::string details;  // a JSON object
};

// The two things that are shipped, each with a cursor a sink.
enum class SiemFeed { kReceipts, kSecurityEvents };
std::string_view SiemFeedName(SiemFeed feed);  // "receipts", "security_events"

// The first id that the sink has not acknowledged. A sink never heard of begins at 0.
int64_t ReadSiemCursor(Transaction& transaction, std::string_view sink, SiemFeed feed);

// ABORTED, and nothing changes, when the cursor is not at `from`: somebody has set it back meanwhile.
absl::Status MoveSiemCursor(Transaction& transaction, std::string_view sink, SiemFeed feed, int64_t from, int64_t to);

// With id >= `begin`, by id, at most `limit`.
std::vector<WriteReceipt> ReadReceipts(Transaction& transaction, int64_t begin, int limit);
std::vector<SecurityEvent> ReadSecurityEvents(Transaction& transaction, int64_t begin, int limit);

// How far a sink is behind that has acknowledged all ids below `begin`.
struct SiemLag {
  int64_t count = 0;                     // 0: nothing waits
  std::optional<TimePoint> oldest_time;  // when the oldest that waits was written
  TimePoint database_time;
};
SiemLag ReadSiemLag(Transaction& transaction, SiemFeed feed, int64_t begin);

// Sets the sink's cursor of receipts back so that every receipt with leaf_index >= `leaf_index` is shipped (again);
// never forward. NOT_FOUND when no receipt is that late.
struct SiemReplay {
  int64_t receipt_id_before = 0, receipt_id_after = 0;
  int64_t receipt_count = 0;  // to be shipped from receipt_id_after on
};
absl::Status ReplaySiem(Transaction& transaction, std::string_view sink, int64_t leaf_index, SiemReplay& replay);

struct SiemSinkState {
  std::string sink;
  SiemFeed feed = SiemFeed::kReceipts;
  int64_t next_id = 0;
  TimePoint update_time;
};
// Every cursor, by sink and feed.
std::vector<SiemSinkState> ReadSiemSinks(Transaction& transaction);

// `details` is a JSON object. Keep the transaction short: others who record wait for it.
// REQUIRES: `name` is 1 to 32 of a-z 0-9 _, beginning with a letter.
void RecordSecurityEvent(Transaction& transaction, TimePoint event_time, std::string_view name,
                         std::string_view details);

// Deletes events older than `days`, shipped or not: the table must not grow without a bound.
int64_t PruneSecurityEvents(Transaction& transaction, int days);

}  // namespace affidavit::db
