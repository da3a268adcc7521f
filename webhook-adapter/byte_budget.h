// Bounds the bytes of all bodies that are being read or are on their way to the ledger. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

#include "prometheus/gauge.h"

namespace affidavit::adapter {

class ByteBudget {
 public:
  // Bytes taken from the budget; gives them back when destroyed. The budget must outlive it.
  class Lease {
   public:
    Lease() = default;
    Lease(Lease&& other) noexcept
        : budget_(std::exchange(other.budget_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
    Lease& operator=(Lease&& other) noexcept {
      std::swap(budget_, other.budget_);
      std::swap(bytes_, other.bytes_);
      return *this;
    }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() { ShrinkTo(0); }

    explicit operator bool() const { return budget_ != nullptr; }

    // Gives back what is above `bytes`.
    void ShrinkTo(int64_t bytes) {
      if (budget_ != nullptr && bytes < bytes_) {
        budget_->Release(bytes_ - bytes);
        bytes_ = bytes;
      }
    }

   private:
    friend class ByteBudget;
    Lease(ByteBudget* budget, int64_t bytes) : budget_(budget), bytes_(bytes) {}

    ByteBudget* budget_ = nullptr;
    int64_t bytes_ = 0;
  };

  ByteBudget(int64_t bytes_max, prometheus::Gauge& gauge) : bytes_max_(bytes_max), gauge_(gauge) {}

  // False (the lease) when fewer than `bytes` are left.
  Lease Reserve(int64_t bytes) {
    int64_t used = used_.load(std::memory_order_relaxed);
    do {
      if (bytes > bytes_max_ - used) {
        return {};
      }
    } while (!used_.compare_exchange_weak(used, used + bytes, std::memory_order_relaxed));
    gauge_.Increment(static_cast<double>(bytes));
    return {this, bytes};
  }

  int64_t used() const { return used_.load(std::memory_order_relaxed); }

 private:
  void Release(int64_t bytes) {
    used_.fetch_sub(bytes, std::memory_order_relaxed);
    gauge_.Decrement(static_cast<double>(bytes));
  }

  const int64_t bytes_max_;
  prometheus::Gauge& gauge_;
  std::atomic<int64_t> used_{0};
};

}  // namespace affidavit::adapter
