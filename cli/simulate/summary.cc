#include "cli/simulate/summary.h"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <utility>

#include "absl/strings/str_format.h"
#include "boost/json/array.hpp"
#include "cli/text.h"

namespace affidavit::simulate {
namespace {

constexpr size_t kExampleCountMax = 10;

double PerSecond(int64_t count, std::chrono::duration<double> elapsed) {
  return elapsed.count() > 0 ? std::round(static_cast<double>(count) / elapsed.count() * 10) / 10 : 0;
}

}  // namespace

void Summary::Record(const Post& post, const Outcome& outcome) {
  ++sent_;
  injected_.Count(post);
  ++counts_[static_cast<size_t>(outcome.answer)];
  retried_ += std::max(outcome.attempt_count - 1, 0);
  if (outcome.answer == Answer::kGaveUp) {
    return;
  }
  latencies_us_.push_back(static_cast<uint32_t>(std::clamp<int64_t>(outcome.latency.count(), 0, UINT32_MAX)));
  if (!IsExpected(post, outcome.answer)) {
    Mismatch(post, outcome, "");
    return;
  }
  if (post.expected != Expected::kUnauthorized) {
    CheckReceipt(post, outcome, by_identity_[post.identity]);
  }
}

bool Summary::IsExpected(const Post& post, Answer answer) const {
  const bool may_be_spooled = answer == Answer::kSpooled;
  switch (post.expected) {
    case Expected::kAccepted:
      return answer == Answer::kAccepted || answer == Answer::kDuplicate || may_be_spooled;
    case Expected::kConflict: {
      // Whether the id is taken is only sure when the event that took it got a receipt.
      const auto original = by_identity_.find(post.after.value_or(-1));
      const bool id_is_taken = original != by_identity_.end() && original->second.is_stored;
      return answer == Answer::kConflict || may_be_spooled ||
             (!id_is_taken && (answer == Answer::kAccepted || answer == Answer::kDuplicate));
    }
    case Expected::kExcluded:
      return answer == Answer::kExcluded || may_be_spooled;
    case Expected::kQuarantined:
      return answer == Answer::kQuarantined || may_be_spooled;
    case Expected::kUnauthorized:
      return answer == Answer::kUnauthorized;
  }
  return false;
}

void Summary::CheckReceipt(const Post& post, const Outcome& outcome, SameBytes& same) {
  if (outcome.answer == Answer::kSpooled) {
    return;
  }
  same.is_stored = true;
  same.is_duplicate |= outcome.answer == Answer::kDuplicate;
  same.accepted_count += outcome.answer == Answer::kAccepted ? 1 : 0;
  if (!outcome.digest_matches) {
    Mismatch(post, outcome, "with another payload's digest");
  } else if (!outcome.leaf_index) {
    Mismatch(post, outcome, "without a leaf_index");
  } else if (outcome.answer == Answer::kAccepted && same.accepted_count > 1) {
    Mismatch(post, outcome, "a second time");
  } else if (same.leaf_index.value_or(*outcome.leaf_index) != *outcome.leaf_index) {
    Mismatch(post, outcome,
             absl::StrFormat("with leaf_index %d; its first receipt says %d", *outcome.leaf_index, *same.leaf_index));
  } else {
    same.leaf_index = outcome.leaf_index;
  }
}

void Summary::Mismatch(const Post& post, const Outcome& outcome, const std::string& what) {
  ++mismatches_;
  if (mismatch_examples_.size() < kExampleCountMax) {
    mismatch_examples_.push_back(
        absl::StrFormat("post %d (event %s): expected %s, answered %s (HTTP %d)%s%s", post.number,
                        post.event_id.empty() ? "without id" : post.event_id, std::string(ExpectedName(post.expected)),
                        std::string(AnswerName(outcome.answer)), outcome.http_status, what.empty() ? "" : " ", what));
  }
}

int64_t Summary::never_accepted() const {
  return std::count_if(by_identity_.begin(), by_identity_.end(),
                       [](const auto& item) { return item.second.is_duplicate && item.second.accepted_count == 0; });
}

std::chrono::microseconds Summary::LatencyPercentile(double share) const {
  if (latencies_us_.empty()) {
    return {};
  }
  std::vector<uint32_t> sorted = latencies_us_;
  const auto nth = sorted.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(sorted.size() - 1));
  std::nth_element(sorted.begin(), nth, sorted.end());
  return std::chrono::microseconds(*nth);
}

boost::json::object Summary::ToJson(std::chrono::duration<double> elapsed) const {
  boost::json::object out{{"sent", sent_}};
  for (int i = 0; i < kAnswerCount; ++i) {
    const auto answer = static_cast<Answer>(i);
    out[AnswerName(answer)] = count(answer);
  }
  out["retried"] = retried_;
  out["never_accepted"] = never_accepted();
  out["mismatches"] = mismatches_;
  out["mismatch_examples"] = boost::json::array(mismatch_examples_.begin(), mismatch_examples_.end());
  out["injected"] = injected_.ToJson();
  out["latency_p50_us"] = LatencyPercentile(0.5).count();
  out["latency_p99_us"] = LatencyPercentile(0.99).count();
  out["latency_max_us"] = LatencyPercentile(1).count();
  out["elapsed_ms"] = std::chrono::duration_cast<std::chrono::milliseconds>(elapsed).count();
  out["events_per_second"] = PerSecond(sent_ - count(Answer::kGaveUp), elapsed);
  return out;
}

std::string Summary::ToTable(std::chrono::duration<double> elapsed) const {
  std::ostringstream out;
  cli::Table table({"ANSWER", "POSTS"});
  for (int i = 0; i < kAnswerCount; ++i) {
    const auto answer = static_cast<Answer>(i);
    const bool exceptional = answer == Answer::kSpooled || answer == Answer::kOther;
    if (count(answer) > 0 || !exceptional) {
      table.AddRow({std::string(AnswerName(answer)), cli::WithThousands(count(answer))});
    }
  }
  table.Print(out);
  const auto milliseconds = [this](double share) {
    return static_cast<double>(LatencyPercentile(share).count()) / 1e3;
  };
  out << absl::StrFormat(
      "\n%s sent in %.1f s, %.1f answered a second; %s retries; latency p50 %.1f ms, p99 %.1f ms, max %.1f ms\n",
      cli::WithThousands(sent_), elapsed.count(), PerSecond(sent_ - count(Answer::kGaveUp), elapsed),
      cli::WithThousands(retried_), milliseconds(0.5), milliseconds(0.99), milliseconds(1));
  out << injected_.ToLine();
  if (const int64_t gave_up = count(Answer::kGaveUp); gave_up > 0) {
    out << cli::WithThousands(gave_up) << " posts were given up: no final answer within the retries\n";
  }
  if (const int64_t stored_earlier = never_accepted(); stored_earlier > 0) {
    out << cli::WithThousands(stored_earlier)
        << " events were answered as duplicates only: stored before their first answer\n";
  }
  out << (mismatches_ == 0 ? "every answer is the expected one\n"
                           : cli::WithThousands(mismatches_) + " answers are not the expected ones:\n");
  for (const std::string& example : mismatch_examples_) {
    out << "  " << example << "\n";
  }
  return out.str();
}

}  // namespace affidavit::simulate
