#include "cli/fsck/findings.h"

#include <utility>

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

}  // namespace affidavit::cli
