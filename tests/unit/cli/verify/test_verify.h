// `affidavit-verify` as tests run it: no process.
#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "cli/verify/run.h"

namespace affidavit::verify {

struct VerifyResult {
  ExitCode code;
  std::string out, err;

  // The last line of the output, without its end.
  std::string Verdict() const {
    const size_t end = out.find_last_not_of('\n');
    return end == std::string::npos ? "" : out.substr(out.rfind('\n', end) + 1, end - out.rfind('\n', end));
  }
};

inline VerifyResult RunVerify(const std::vector<std::string>& arguments, Marks marks = Marks::kAscii) {
  std::ostringstream out, err;
  const ExitCode code = Run(arguments, out, err, marks, /*err_is_terminal=*/false);
  return {code, out.str(), err.str()};
}

}  // namespace affidavit::verify
