#include "cli/simulate/injection.h"

#include <utility>
#include <vector>

#include "cli/simulate/scenario.h"
#include "cli/text.h"

namespace affidavit::simulate {

std::string_view InjectionName(Injection injection) {
  constexpr std::array<std::string_view, kInjectionCount> kNames = {"silent", "drifting", "unconsented", "out_of_order",
                                                                    "shape_drift"};
  return kNames[static_cast<size_t>(injection)];
}

void Tally::Count(const Post& post) {
  if (post.identity != post.number) {
    ++repeats_;
    return;
  }
  if (post.expected == Expected::kConflict) {
    ++conflicts_;
  }
  if (post.expected != Expected::kAccepted) {
    return;
  }
  ++versions_[post.schema_version];
  for (size_t i = 0; i < kInjectionCount; ++i) {
    counts_[i] += post.injections.Has(static_cast<Injection>(i)) ? 1 : 0;
  }
}

boost::json::object Tally::ToJson() const {
  boost::json::object out;
  for (size_t i = 0; i < kInjectionCount; ++i) {
    out[InjectionName(static_cast<Injection>(i))] = counts_[i];
  }
  out["repeats"] = repeats_;
  out["conflicts"] = conflicts_;
  boost::json::object versions;
  for (const auto& [version, count] : versions_) {
    versions[version] = count;
  }
  out["versions"] = std::move(versions);
  return out;
}

std::string Tally::ToLine() const {
  std::vector<std::pair<std::string, int64_t>> parts;
  for (size_t i = 0; i < kInjectionCount; ++i) {
    std::string name(InjectionName(static_cast<Injection>(i)));
    for (char& c : name) {
      c = c == '_' ? ' ' : c;
    }
    parts.emplace_back(std::move(name), counts_[i]);
  }
  parts.emplace_back("repeats", repeats_);
  parts.emplace_back("conflicts", conflicts_);
  if (versions_.size() > 1) {
    for (const auto& [version, count] : versions_) {
      parts.emplace_back("of version " + version, count);
    }
  }
  std::string line;
  for (const auto& [name, count] : parts) {
    if (count > 0) {
      line += (line.empty() ? "injected: " : ", ") + cli::WithThousands(count) + " " + name;
    }
  }
  return line.empty() ? line : line + "\n";
}

}  // namespace affidavit::simulate
