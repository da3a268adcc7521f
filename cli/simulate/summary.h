// What was answered, and whether it is what the contract promises. Not thread-safe: the sender guards it.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "boost/json/object.hpp"
#include "cli/simulate/answer.h"
#include "cli/simulate/injection.h"
#include "cli/simulate/scenario.h"

namespace affidavit::simulate {

// Promises checked, over all posts with the same bytes:
//   1. each is answered as its kind should be (a spooled one may be anything later)
//   2. at most one is answered `accepted`: every other is a duplicate
//   3. all name the same leaf_index, the first receipt's, and the digest of the bytes that were posted
// A post without a final answer breaks none of them; it is counted as given up.
class Summary {
 public:
  void Record(const Post& post, const Outcome& outcome);

  int64_t sent() const { return sent_; }
  int64_t count(Answer answer) const { return counts_[static_cast<size_t>(answer)]; }
  int64_t retried() const { return retried_; }  // attempts beyond the first
  int64_t mismatches() const { return mismatches_; }
  const Tally& injected() const { return injected_; }
  const std::vector<std::string>& mismatch_examples() const { return mismatch_examples_; }

  // Events that were answered only as duplicates: stored earlier, or stored behind an answer that never came.
  int64_t never_accepted() const;

  // Of the final attempts that were answered; zero when there were none. `share` 0.5 is the median.
  std::chrono::microseconds LatencyPercentile(double share) const;

  boost::json::object ToJson(std::chrono::duration<double> elapsed) const;
  std::string ToTable(std::chrono::duration<double> elapsed) const;

 private:
  struct SameBytes {
    std::optional<int64_t> leaf_index;
    int32_t accepted_count = 0;
    bool is_stored = false;  // answered with a receipt
    bool is_duplicate = false;
  };

  bool IsExpected(const Post& post, Answer answer) const;
  void CheckReceipt(const Post& post, const Outcome& outcome, SameBytes& same);
  void Mismatch(const Post& post, const Outcome& outcome, const std::string& what);

  int64_t sent_ = 0, retried_ = 0, mismatches_ = 0;
  Tally injected_;
  std::array<int64_t, kAnswerCount> counts_{};
  std::vector<std::string> mismatch_examples_;
  std::vector<uint32_t> latencies_us_;
  std::unordered_map<int64_t, SameBytes> by_identity_;
};

}  // namespace affidavit::simulate
