#include "config/suggestion.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "core/base/text.h"

namespace affidavit::config {
namespace {

// Levenshtein's distance, one row of the table at a time.
size_t Distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i + 1);
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string Suggestion(std::string_view name, const std::vector<std::string_view>& known) {
  constexpr size_t kEditsMax = 2;
  constexpr size_t kNameSizeMax = 64;  // longer ones are no slip of the finger, and the table grows with them
  if (name.size() > kNameSizeMax) {
    return "";
  }
  std::string_view nearest;
  size_t least = kEditsMax + 1;
  for (const std::string_view candidate : known) {
    const size_t distance = Distance(name, candidate);
    if (distance < least && 2 * distance < name.size()) {
      least = distance;
      nearest = candidate;
    }
  }
  return nearest.empty() ? "" : Concat({" (did you mean '", nearest, "'?)"});
}

}  // namespace affidavit::config
