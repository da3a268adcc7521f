// RETURN_IF_ERROR and ASSIGN_OR_RETURN: absl::Status between rooms without the noise.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define AFFIDAVIT_CONCAT_INNER(a, b) a##b
#define AFFIDAVIT_CONCAT(a, b) AFFIDAVIT_CONCAT_INNER(a, b)

#define RETURN_IF_ERROR(expression)                           \
  do {                                                        \
    if (absl::Status status_ = (expression); !status_.ok()) { \
      return status_;                                         \
    }                                                         \
  } while (false)

// `target` may be a declaration, so it cannot stand in parentheses.
// NOLINTBEGIN(bugprone-macro-parentheses)
#define ASSIGN_OR_RETURN(target, expression) \
  ASSIGN_OR_RETURN_IMPL(AFFIDAVIT_CONCAT(status_or_, __LINE__), target, expression)
#define ASSIGN_OR_RETURN_IMPL(result, target, expression) \
  auto result = (expression);                             \
  if (!result.ok()) {                                     \
    return std::move(result).status();                    \
  }                                                       \
  target = std::move(result).value()
// NOLINTEND(bugprone-macro-parentheses)
