// `affidavit` as tests run it: no process, an environment of their own, a temporary folder.
#pragma once

#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "cli/run.h"
#include "tests/unit/cli/temporary_folder.h"

namespace affidavit::cli {

struct RunResult {
  ExitCode code;
  std::string out, err;
};

inline RunResult RunCli(const std::vector<std::string>& arguments,
                        const std::map<std::string, std::string>& environment = {}) {
  std::ostringstream out, err;
  const auto lookup = [&environment](const std::string& name) {
    const auto value = environment.find(name);
    return value == environment.end() ? std::nullopt : std::optional<std::string>(value->second);
  };
  const ExitCode code = Run(arguments, out, err, lookup, /*err_is_terminal=*/false);
  return {code, out.str(), err.str()};
}

}  // namespace affidavit::cli
