#include "cli/fsck/findings.h"

#include <utility>

#include "cli/text.h"

namespace affidavit::cli {

void Findings::Add(std::string_view about, std::string sentence) {
  Count(about);
  if (sentences_.size() < kFindingsKeptMax) {
    sentences_.push_back(std::move(sentence));
  }
}

void Findings::Count(std::string_view about) {
  ++count_;
  ++counts_[std::string(about)];
}

void PrintFindings(std::ostream& out, const Findings& findings) {
  for (const std::string& sentence : findings.sentences()) {
    out << sentence << "\n";
  }
  if (const int64_t rest = findings.count() - static_cast<int64_t>(findings.sentences().size()); rest > 0) {
    out << "… and " << WithThousands(rest) << " more\n";
  }
}

void PrintConclusion(std::ostream& out, const Findings& findings) {
  if (findings.count() == 0) {
    out << "No finding.\n";
    return;
  }
  out << WithThousands(findings.count()) << (findings.count() == 1 ? " finding" : " findings");
  const char* separator = ": ";
  for (const auto& [about, count] : findings.counts()) {
    out << separator << about << " " << WithThousands(count);
    separator = ", ";
  }
  out << ". The first: " << findings.sentences().front() << "\n";
}

}  // namespace affidavit::cli
