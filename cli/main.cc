// affidavit: the operator's command line. docs/cli.md.
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "cli/run.h"

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  const auto environment = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): nothing here calls setenv
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const auto code = affidavit::cli::Run(arguments, std::cout, std::cerr, environment, isatty(STDERR_FILENO) != 0);
  return static_cast<int>(code);
}
