// `affidavit` as a function, so that tests run it without a process.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "cli/session.h"

namespace affidavit::cli {

// `arguments` without the program's name. Returns once the chosen verb is done and `out` is flushed.
ExitCode Run(std::vector<std::string> arguments, std::ostream& out, std::ostream& err, const Environment& environment,
             bool err_is_terminal);

}  // namespace affidavit::cli
