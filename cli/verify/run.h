// `affidavit-verify` as a function, so that tests run it without a process.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "cli/verify/findings.h"

namespace affidavit::verify {

enum class ExitCode : int {
  kVerified = 0,
  kNotVerified = 1,
  kUsage = 2,  // the command line, or a file that it names and that cannot be read
};

// `arguments` without the program's name. Returns once `out` is flushed.
ExitCode Run(std::vector<std::string> arguments, std::ostream& out, std::ostream& err, Marks marks,
             bool err_is_terminal);

}  // namespace affidavit::verify
