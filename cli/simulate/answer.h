// What the adapter's answer to a post means (the HTTP contract of docs/connect-genesys.md). Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace affidavit::simulate {

enum class Answer {
  kAccepted,
  kDuplicate,
  kConflict,
  kExcluded,
  kSpooled,
  kQuarantined,
  kUnauthorized,
  kOther,   // answered for good, but with nothing that the contract knows
  kGaveUp,  // no final answer within the retries
};
inline constexpr int kAnswerCount = 9;
std::string_view AnswerName(Answer answer);  // "accepted", …, "other", "gave_up"

struct Outcome {
  Answer answer = Answer::kGaveUp;
  int http_status = 0;  // of the last attempt; 0 when there was no answer
  std::optional<int64_t> leaf_index;
  bool digest_matches = true;  // false iff the answer names another payload_sha256
  int attempt_count = 0;
  std::chrono::microseconds latency{};  // of the last attempt
};

// Whether a platform tries again: only after 429 and 5xx.
bool IsRetried(int http_status);

// REQUIRES: !IsRetried(http_status). Never fails: what cannot be read is kOther.
Outcome ReadAnswer(int http_status, std::string_view body, std::string_view payload_sha256_hex);

}  // namespace affidavit::simulate
