#include "tests/fault/faulty_append_store.h"

#include <array>
#include <string_view>
#include <utility>

namespace affidavit::testing {
namespace {

// With a SQLSTATE that is no jsonb error: the row itself is refused.
absl::Status ErrorOf(const Fault& fault) {
  return {fault.code, "23514: told to fail"};
}

class FaultyAppendStore final : public db::AppendStore {
 public:
  FaultyAppendStore(std::unique_ptr<db::AppendStore> store, FaultPlan* plan) : store_(std::move(store)), plan_(plan) {}

  absl::StatusOr<IdBlock> ReservePayloadIds() override {
    const std::optional<Fault> fault = plan_->Take(FaultStep::kReserve);
    if (fault && fault->effect == FaultEffect::kNotDone) {
      return ErrorOf(*fault);
    }
    auto block = store_->ReservePayloadIds();
    if (fault) {
      return ErrorOf(*fault);
    }
    return block;
  }

  absl::StatusOr<db::OpenBatch> Begin(std::span<const db::LookupKey> keys, db::BeginOptions options) override {
    if (std::exchange(rollback_owed_, false)) {
      store_->Rollback();  // what the server does by itself once the connection is gone
    }
    if (std::exchange(lost_, false)) {
      return absl::UnavailableError("connection lost");
    }
    const std::optional<Fault> fault = plan_->Take(FaultStep::kBegin);
    if (fault && fault->effect == FaultEffect::kNotDone) {
      return ErrorOf(*fault);
    }
    auto open = store_->Begin(keys, options);
    if (fault && open.ok()) {
      store_->Rollback();
      return ErrorOf(*fault);
    }
    return open;
  }

  absl::StatusOr<db::LockedBatch> Integrate(std::span<const db::NewEntry* const> entries,
                                            std::span<const db::LookupKey> keys) override {
    const std::optional<Fault> fault = plan_->Take(FaultStep::kIntegrate);
    if (fault && fault->effect == FaultEffect::kNotDone) {
      store_->Rollback();
      return ErrorOf(*fault);
    }
    auto locked = store_->Integrate(entries, keys);
    if (fault && locked.ok()) {
      store_->Rollback();
      return ErrorOf(*fault);
    }
    return locked;
  }

  absl::StatusOr<int64_t> Commit(std::span<const db::NewEntry* const> entries) override {
    const std::optional<Fault> fault = plan_->Take(FaultStep::kCommit);
    if (fault && fault->effect == FaultEffect::kNotDone) {
      store_->Rollback();
      return ErrorOf(*fault);
    }
    auto lock_held = store_->Commit(entries);
    if (fault) {
      return ErrorOf(*fault);
    }
    return lock_held;
  }

  void Rollback() override {
    const std::optional<Fault> fault = plan_->Take(FaultStep::kRollback);
    // It has no answer: the connection turns out to be lost at the next step.
    lost_ = fault.has_value();
    rollback_owed_ = fault && fault->effect == FaultEffect::kNotDone;
    if (!rollback_owed_) {
      store_->Rollback();
    }
  }

 private:
  const std::unique_ptr<db::AppendStore> store_;
  FaultPlan* const plan_;
  bool lost_ = false;
  bool rollback_owed_ = false;
};

}  // namespace

std::ostream& operator<<(std::ostream& out, const Fault& fault) {
  constexpr std::array<std::string_view, 5> kSteps = {"reserve", "begin", "integrate", "commit", "rollback"};
  return out << kSteps[static_cast<size_t>(fault.step)]
             << (fault.effect == FaultEffect::kDone ? " done but " : " not done and ") << "reported "
             << absl::StatusCodeToString(fault.code) << ' ' << fault.times << " times";
}

void FaultPlan::Arm(const Fault& fault) {
  const std::lock_guard<std::mutex> lock(mutex_);
  fault_ = fault;
}

std::optional<Fault> FaultPlan::Take(FaultStep step) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!fault_ || fault_->step != step) {
    return std::nullopt;
  }
  const Fault fault = *fault_;
  if (--fault_->times == 0) {
    fault_.reset();
  }
  return fault;
}

bool FaultPlan::is_used_up() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return !fault_;
}

std::unique_ptr<db::AppendStore> MakeFaultyAppendStore(std::unique_ptr<db::AppendStore> store, FaultPlan* plan) {
  return std::make_unique<FaultyAppendStore>(std::move(store), plan);
}

}  // namespace affidavit::testing
