#include "cli/recipient.h"

#include <iostream>
#include <iterator>
#include <utility>
#include <vector>

#include "CLI/App.hpp"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cli/files.h"
#include "core/base/status_macros.h"

namespace affidavit::cli {

CLI::Option* AddRecipientOptions(CLI::App& verb, RecipientOptions& options, WithAddress with_address) {
  CLI::Option* file = verb.add_option("--recipient-file", options.file,
                                      "For the recipient whose address is in this file (- for standard input)")
                          ->type_name("FILE");
  if (with_address == WithAddress::kYes) {
    verb.add_option("--recipient", options.address,
                    "For this recipient; everybody on the machine can see it: better --recipient-file")
        ->type_name("ADDRESS")
        ->excludes(file);
  }
  return file;
}

absl::StatusOr<std::string> ReadRecipient(const RecipientOptions& options) {
  if (options.file.empty()) {
    return options.address;
  }
  std::string content;
  if (options.file == "-") {
    content.assign(std::istreambuf_iterator<char>(std::cin), {});
  } else {
    ASSIGN_OR_RETURN(content, ReadFile(options.file));
  }
  std::vector<std::string> lines;
  for (const auto& line : absl::StrSplit(content, '\n')) {
    std::string address(line);
    absl::StripAsciiWhitespace(&address);
    if (!address.empty()) {
      lines.push_back(std::move(address));
    }
  }
  if (lines.size() != 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("--recipient-file must hold one address on one line; it has ", lines.size(), " lines"));
  }
  return std::move(lines.front());
}

}  // namespace affidavit::cli
