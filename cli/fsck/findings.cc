#include "cli/fsck/findings.h"

#include <utility>

namespace affidavit::cli {

void Findings::Add(std::string_view about, std::string sentence) {
  ++count_;
  ++counts_[std::string(about)];
  if (sentences_.size() < kFindingsKeptMax) {
    sentences_.push_back(std::move(sentence));
  }
}

}  // namespace affidavit::cli
