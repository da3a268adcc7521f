#include "services/ledger/append/append_call.h"

#include <utility>

namespace affidavit::ledger {

AppendCall::AppendCall(std::vector<PreparedEntry> entries, Deadline deadline)
    : deadline_(deadline),
      entries_(std::move(entries)),
      answers_(entries_.size(), Refused(Refusal::kCommitUnknown)),
      answered_(entries_.size()),
      unanswered_count_(entries_.size()) {}

void AppendCall::Answer(size_t index, const AppendAnswer& answer) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (answered_[index]) {
    return;
  }
  answered_[index] = true;
  answers_[index] = answer;
  if (--unanswered_count_ == 0) {
    // Under the lock: the waiter may drop the last reference to this call as soon as it can take the mutex.
    all_answered_.notify_all();
  }
}

std::vector<AppendAnswer> AppendCall::Wait() {
  std::unique_lock<std::mutex> lock(mutex_);
  all_answered_.wait_until(lock, deadline_, [this] { return unanswered_count_ == 0; });
  return answers_;
}

}  // namespace affidavit::ledger
