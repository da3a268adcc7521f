// What the mirror keeps in Postgres: receipts (evidence, append-only), and its cursors and findings, which move.
// docs/mirror.md. Functions run inside a caller's transaction and may throw libpqxx's exceptions, which Transact turns
// into a Status.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/digest.h"
#include "core/base/time.h"
#include "db/entry_reader.h"

namespace affidavit::db {

class Transaction;

enum class MirrorOutcome {
  kCopied,
  kExisting,  // the object was there, of the same bytes
  kLeftOut,   // excluded: authentic, but out of scope, so never locked
};
std::string_view MirrorOutcomeName(MirrorOutcome outcome);  // "copied", "existing", "left_out"

struct MirrorReceipt {
  int64_t leaf_index = 0;
  int64_t receipt_id = 0;  // 0, 1, 2, … in the order of commits; given out by InsertMirrorReceipts
  MirrorOutcome outcome = MirrorOutcome::kCopied;
  // Nothing of these for kLeftOut, all of them otherwise.
  std::string store, object_key, version_id;
  std::optional<Digest> checksum;  // SHA-256 of the object, which is the payload
  std::optional<TimePoint> retain_until;
  std::optional<TimePoint> store_time;
  bool legal_hold = false;  // as the object was left
  std::string worker_id;
  TimePoint write_time;  // the database's clock; ignored by InsertMirrorReceipts
};

// Gives out receipt_ids and inserts, in the given order. Findings of the same entries are gone afterwards, and the
// greatest retain_until is remembered. Other writers wait until the transaction ends. ALREADY_EXISTS when an entry has
// a receipt: roll back.
absl::Status InsertMirrorReceipts(Transaction& transaction, std::span<const MirrorReceipt> receipts);

std::optional<MirrorReceipt> ReadMirrorReceipt(Transaction& transaction, int64_t leaf_index);
// By receipt_id from `receipt_id_min` up.
std::vector<MirrorReceipt> ListMirrorReceipts(Transaction& transaction, int64_t receipt_id_min, int limit);
// By leaf_index, [begin, end); entries without one are simply not there.
std::vector<MirrorReceipt> ReadMirrorReceipts(Transaction& transaction, int64_t begin, int64_t end);

struct MirrorFinding {
  int64_t leaf_index = 0;
  std::string reason;  // kMirrorFinding… of services/mirror/findings.h
  std::string detail;  // a sentence for people, without payload data
  TimePoint first_time, last_time;
  int attempt_count = 1;
};
// Adds it, or counts one more attempt. True when it was not there. Times are the database's.
bool RecordMirrorFinding(Transaction& transaction, const MirrorFinding& finding);
// The ones that were tried longest ago first.
std::vector<MirrorFinding> ListMirrorFindings(Transaction& transaction, int limit);

// How far the mirror is: for GetStatus, `affidavit status`, metrics and doctor.
struct MirrorProgress {
  int64_t tree_size = 0;
  int64_t next_leaf_index = 0;       // entries below it have a receipt or a finding
  int64_t attempted_leaf_index = 0;  // a PUT may have been made for entries below it
  int64_t finding_count = 0;
  int64_t receipt_count = 0;
  int incarnation = 1;                     // of the log
  std::optional<TimePoint> waiting_since;  // integrate_time of the entry at next_leaf_index; nothing: all is copied
  std::optional<TimePoint> last_write_time;
  TimePoint database_time;

  int64_t LagEntries() const { return tree_size - next_leaf_index; }
};
MirrorProgress ReadMirrorProgress(Transaction& transaction);

// REQUIRES: the caller holds the mirror's lock. Cursors never move back.
void SetMirrorCursor(Transaction& transaction, int64_t next_leaf_index);
// Before the first PUT of an entry below it. Also after a restore from the store: all that was restored may be there.
void RaiseMirrorAttempt(Transaction& transaction, int64_t leaf_index_end);
// Whoever lengthens the lock of an object says so: the log's own files are kept as long as any entry's.
void RaiseMirroredRetention(Transaction& transaction, TimePoint retain_until);

// An entry to be mirrored, or why it cannot be read (DATA_LOSS).
struct MirrorEntry {
  int64_t leaf_index = 0;
  absl::StatusOr<StoredEntry> entry;  // with its payload, unless that was disposed of
};
// One for each leaf_index from `begin` on, below `tree_size`, at most `limit` and about `payload_bytes_max`. One entry
// that is damaged or missing spoils none of the others.
absl::StatusOr<std::vector<MirrorEntry>> ReadMirrorEntries(Transaction& transaction, int64_t begin, int64_t tree_size,
                                                           int limit, int64_t payload_bytes_max);

// The copy of the log itself, of one incarnation.
struct MirrorLogState {
  int64_t next_tile = 0;               // full tiles of level 0 below it are there, and all that they complete
  int64_t checkpoint_size = 0;         // of the last `checkpoint` written
  std::optional<TimePoint> kept_time;  // when the last `checkpoints/<size>` was written
};
MirrorLogState ReadMirrorLogState(Transaction& transaction, int incarnation);
void WriteMirrorLogState(Transaction& transaction, int incarnation, const MirrorLogState& state);

struct MirrorLogFile {
  std::string object_key, version_id;
  TimePoint retain_until;
};
void WriteMirrorLogFiles(Transaction& transaction, std::span<const MirrorLogFile> files);
// Locked files whose lock ends before `retain_until`.
std::vector<MirrorLogFile> ListMirrorLogFilesBefore(Transaction& transaction, TimePoint retain_until, int limit);
// Nothing while no entry was copied.
std::optional<TimePoint> ReadMirroredRetention(Transaction& transaction);

}  // namespace affidavit::db
