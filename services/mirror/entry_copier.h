// Copies a batch of entries, some at a time, and says of each what became of it. It writes nothing into Postgres.
// Thread-safe but for Copy, which one thread calls at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "db/mirror_store.h"
#include "services/mirror/copier.h"
#include "services/mirror/options.h"
#include "services/mirror/task_threads.h"

namespace affidavit::mirror {

// Reasons of findings: why an entry has no copy.
inline constexpr std::string_view kReasonUnreadable = "unreadable";         // damaged or missing in Postgres
inline constexpr std::string_view kReasonPayloadGone = "payload_gone";      // disposed of before it was copied
inline constexpr std::string_view kReasonOtherObject = "other_object";      // other bytes lie under its key
inline constexpr std::string_view kReasonRefused = "refused";               // the store calls the request wrong
inline constexpr std::string_view kReasonNeverAccepted = "never_accepted";  // it fails while others succeed

struct EntryResult {
  enum class State {
    kReceipt,  // settled
    kFinding,  // settled, for now
    kWaiting,  // to be tried again
  };

  int64_t leaf_index = 0;
  State state = State::kWaiting;
  db::MirrorReceipt receipt;  // of kReceipt
  std::string reason;         // of kFinding
  absl::Status why;           // of kFinding and kWaiting
};

class EntryCopier {
 public:
  static constexpr int64_t kAllMayExist = std::numeric_limits<int64_t>::max();

  // `options` and `store` outlive it. `check` is asked before each request; what it answers is the entry's `why`.
  EntryCopier(const MirrorOptions* options, objectstore::ObjectStore* store, std::function<absl::Status()> check);

  // One result for each of `entries`. Those with a leaf_index below `may_exist_below` may lie in the store already.
  std::vector<EntryResult> Copy(const std::vector<db::MirrorEntry>& entries, int64_t may_exist_below);

 private:
  struct Job;
  absl::Status Protect(std::vector<Job>& jobs) const;
  EntryResult CopyOne(const Job& job, bool may_exist) const;

  const MirrorOptions* const options_;
  const std::string store_name_;
  const std::function<absl::Status()> check_;
  const Copier copier_;
  TaskThreads threads_;
};

}  // namespace affidavit::mirror
