// The retention policies that admission goes by, as last read from the log: written now and then, read for every
// entry, without a lock. Thread-safe.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "core/retention/policy.h"

namespace affidavit::ledger {

class RetentionBoard {
 public:
  RetentionBoard() { Publish({}); }

  // Valid for as long as the board: what has been read is never taken away. Policies change a few times a year.
  const RetentionPolicies* policies() const { return current_.load(std::memory_order_acquire); }

  void Publish(RetentionPolicies policies) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!published_.empty() && *published_.back() == policies) {
      return;
    }
    published_.push_back(std::make_unique<const RetentionPolicies>(std::move(policies)));
    current_.store(published_.back().get(), std::memory_order_release);
  }

 private:
  std::atomic<const RetentionPolicies*> current_ = nullptr;
  std::mutex mutex_;
  std::vector<std::unique_ptr<const RetentionPolicies>> published_;  // guarded by mutex_
};

}  // namespace affidavit::ledger
