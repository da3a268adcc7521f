// affidavit-verify: an examiner's program. docs/cli.md.
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "cli/verify/run.h"

namespace {

// The first of the locale's variables that is set decides (POSIX); "C.UTF-8", "de_DE.utf8".
affidavit::verify::Marks MarksOfLocale() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing here calls setenv
    if (value == nullptr || *value == '\0') {
      continue;
    }
    const std::string_view locale(value);
    for (const std::string_view utf8 : {"UTF-8", "utf-8", "UTF8", "utf8"}) {
      if (locale.find(utf8) != std::string_view::npos) {
        return affidavit::verify::Marks::kUnicode;
      }
    }
    return affidavit::verify::Marks::kAscii;
  }
  return affidavit::verify::Marks::kAscii;
}

}  // namespace

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const auto code =
      affidavit::verify::Run(arguments, std::cout, std::cerr, MarksOfLocale(), isatty(STDERR_FILENO) != 0);
  return static_cast<int>(code);
}
