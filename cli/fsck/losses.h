// Which losses of signed entries the log itself announces: `affidavit recover` appends a record that names each. Rows
// of affidavit.origins say the same, but nobody has signed those.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/checkpoint/checkpoint.h"
#include "db/connection.h"

namespace affidavit::cli {

struct Loss {
  Checkpoint lost;                // the last that the database did not extend
  uint64_t agreed_tree_size = 0;  // up to here it did, when the loss was announced
};

struct Losses {
  std::vector<Loss> announced;
  std::vector<std::string> problems;  // incarnations that the log does not announce as it must

  // Whether the log may go on without `checkpoint`.
  bool Cover(const Checkpoint& checkpoint) const;
};

// With keys in the policy a lost checkpoint must be signed by one of them.
absl::StatusOr<Losses> ReadLosses(db::Connection& connection, const CheckpointPolicy& policy);

}  // namespace affidavit::cli
