#include "config/faults.h"

#include <algorithm>

#include "absl/strings/str_join.h"
#include "core/base/text.h"

namespace affidavit::config {

void Faults::At(int line, std::string_view text) {
  in_file_.emplace_back(line, text);
}

void Faults::In(std::string_view variable, std::string_view text) {
  in_environment_.push_back(Concat({variable, ": ", text}));
}

absl::Status Faults::ToStatus() const {
  if (in_file_.empty() && in_environment_.empty()) {
    return absl::OkStatus();
  }
  auto sorted = in_file_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> lines;
  for (const auto& [line, text] : sorted) {
    const std::string where = line == 0 ? file_ : Concat({file_, ":", std::to_string(line)});
    lines.push_back(Concat({where, ": ", text}));
  }
  lines.insert(lines.end(), in_environment_.begin(), in_environment_.end());
  return absl::InvalidArgumentError(absl::StrJoin(lines, "\n"));
}

}  // namespace affidavit::config
