// A recipient's address on its way to the ledger. What stands on a command line can be seen by everybody on the
// machine, so a file or standard input may hold it instead.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace affidavit::cli {

// At most one of them; "-" as the file is standard input.
struct RecipientOptions {
  std::string address, file;

  bool IsGiven() const { return !address.empty() || !file.empty(); }
};

// --recipient-file and, with kYes, --recipient; the first excludes the second. Returns the file's.
enum class WithAddress { kNo, kYes };
CLI::Option* AddRecipientOptions(CLI::App& verb, RecipientOptions& options, WithAddress with_address);

// The address without the white space around it. INVALID_ARGUMENT, without repeating it, unless the file holds exactly
// one line that is not blank.
absl::StatusOr<std::string> ReadRecipient(const RecipientOptions& options);

}  // namespace affidavit::cli
