// The keys that sign the log's checkpoints, and the one way they do. Thread-safe.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/signer.h"

namespace affidavit::ledger {

class LogSigners {
 public:
  // `origin`: of the log's first incarnation. REQUIRES: at least one signer.
  LogSigners(std::string origin, std::vector<std::unique_ptr<Signer>> signers);

  // From the secret files of `affidavit keygen`. FAILED_PRECONDITION, naming the file, when one cannot be used.
  static absl::StatusOr<std::unique_ptr<LogSigners>> Load(const std::string& origin,
                                                          const std::vector<std::string>& key_files);

  const std::string& origin() const { return origin_; }

  // The keys' public halves (C2SP vkey), in the order of their files.
  std::vector<std::string> VerifierKeys() const;

  // The signed note, by every key. The signer's own error.
  absl::StatusOr<std::string> Sign(const Checkpoint& checkpoint) const;

  // What a note says that any of the keys has signed over an incarnation of this log. FAILED_PRECONDITION for any other
  // note.
  absl::StatusOr<Checkpoint> Verify(std::string_view signed_note) const;

 private:
  const std::string origin_;
  const std::vector<std::unique_ptr<Signer>> signers_;
  std::vector<const Signer*> pointers_;  // to signers_
  CheckpointPolicy policy_;
};

}  // namespace affidavit::ledger
