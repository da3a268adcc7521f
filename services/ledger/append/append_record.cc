#include "services/ledger/append/append_record.h"

#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "core/base/status_macros.h"
#include "core/base/time.h"

namespace affidavit::ledger {

absl::StatusOr<AppendAnswer> AppendRecord(const IncomingRecord& record, const RetentionRules& retention,
                                          std::chrono::milliseconds wait_max, Sequencer& sequencer) {
  auto payload = std::make_shared<const std::string>(record.payload);
  IncomingRecord owned = record;
  owned.payload = *payload;
  Prepared prepared = PrepareRecord(owned, SystemClock().WallNow(), retention, std::move(payload));
  auto* entry = std::get_if<PreparedEntry>(&prepared);
  if (entry == nullptr) {
    return absl::InvalidArgumentError("the record cannot be an entry");
  }
  std::vector<PreparedEntry> entries;
  entries.push_back(std::move(*entry));
  ASSIGN_OR_RETURN(const std::shared_ptr<AppendCall> call,
                   sequencer.Submit(std::move(entries), std::chrono::steady_clock::now() + wait_max));
  const AppendAnswer answer = call->Wait().front();
  if (answer.refusal == Refusal::kLogRolledBack) {
    return absl::FailedPreconditionError("the log is smaller than its last signed checkpoint");
  }
  if (answer.outcome == AppendOutcome::kRefused) {
    return absl::UnavailableError("the record was not stored");
  }
  return answer;
}

}  // namespace affidavit::ledger
