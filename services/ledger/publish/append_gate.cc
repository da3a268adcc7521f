#include "services/ledger/publish/append_gate.h"

#include <cassert>
#include <utility>

namespace affidavit::ledger {

absl::Status AppendGate::Check() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return why_;
}

void AppendGate::Close(absl::Status why) {
  assert(!why.ok());
  const std::lock_guard<std::mutex> lock(mutex_);
  why_ = std::move(why);
}

void AppendGate::Open() {
  const std::lock_guard<std::mutex> lock(mutex_);
  why_ = absl::OkStatus();
}

void AppendGate::RaiseTreeSizeMin(int64_t tree_size) {
  int64_t known = tree_size_min_;
  while (known < tree_size && !tree_size_min_.compare_exchange_weak(known, tree_size)) {
  }
}

void AppendGate::ResetTreeSizeMin(int64_t tree_size) {
  tree_size_min_ = tree_size;
}

}  // namespace affidavit::ledger
