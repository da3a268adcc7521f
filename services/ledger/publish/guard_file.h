// The rollback guard: the last signed checkpoint in a file beside the signing key, where no restore of the database
// reaches it. The file is the signed note itself. One process writes it; one thread at a time.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace affidavit::ledger {

class GuardFile {
 public:
  explicit GuardFile(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }

  // What was written last; nothing when there is no file. INTERNAL when there is one that cannot be read.
  absl::StatusOr<std::optional<std::string>> Read() const;

  // Replaces the file as a whole: returns OK once the new one, and its name, survive the power cord. INTERNAL leaves
  // the old one in place.
  absl::Status Write(std::string_view signed_note) const;

 private:
  const std::string path_;
};

}  // namespace affidavit::ledger
