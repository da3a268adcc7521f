// Everything that is wrong with a configuration, collected, so that one start tells all of it. Not thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"

namespace affidavit::config {

class Faults {
 public:
  // `file` is the name that messages begin with.
  explicit Faults(std::string file) : file_(std::move(file)) {}

  // "affidavit.toml:12: text"; without a line when it is 0.
  void At(int line, std::string_view text);
  // "AFFIDAVIT_LEDGER_LISTEN: text"
  void In(std::string_view variable, std::string_view text);

  // OK, or INVALID_ARGUMENT with one fault a line: the file's in its order, then the environment's.
  absl::Status ToStatus() const;

 private:
  std::string file_;
  std::vector<std::pair<int, std::string>> in_file_;  // line, text
  std::vector<std::string> in_environment_;
};

}  // namespace affidavit::config
