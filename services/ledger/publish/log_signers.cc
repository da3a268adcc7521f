#include "services/ledger/publish/log_signers.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "config/file.h"
#include "core/base/status_macros.h"
#include "core/checkpoint/incarnation.h"
#include "core/checkpoint/note.h"

namespace affidavit::ledger {

LogSigners::LogSigners(std::string origin, std::vector<std::unique_ptr<Signer>> signers)
    : origin_(std::move(origin)), signers_(std::move(signers)) {
  for (const std::unique_ptr<Signer>& signer : signers_) {
    pointers_.push_back(signer.get());
    policy_.log_keys.push_back(signer->key());
  }
}

absl::StatusOr<std::unique_ptr<LogSigners>> LogSigners::Load(const std::string& origin,
                                                             const std::vector<std::string>& key_files) {
  std::vector<std::unique_ptr<Signer>> signers;
  for (const std::string& file : key_files) {
    const absl::StatusOr<std::string> secret = config::ReadSecretFile(file);
    if (!secret.ok()) {
      return absl::FailedPreconditionError(secret.status().message());
    }
    absl::StatusOr<std::unique_ptr<Ed25519Signer>> signer = Ed25519Signer::FromSecret(*secret);
    if (!signer.ok()) {
      return absl::FailedPreconditionError(absl::StrCat(file, " holds no signing key"));
    }
    signers.push_back(*std::move(signer));
  }
  return std::make_unique<LogSigners>(origin, std::move(signers));
}

std::vector<std::string> LogSigners::VerifierKeys() const {
  std::vector<std::string> keys;
  for (const std::unique_ptr<Signer>& signer : signers_) {
    keys.push_back(FormatVerifierKey(signer->key()));
  }
  return keys;
}

absl::StatusOr<std::string> LogSigners::Sign(const Checkpoint& checkpoint) const {
  ASSIGN_OR_RETURN(const Note note, SignNote(FormatCheckpoint(checkpoint), pointers_));
  return FormatNote(note);
}

absl::StatusOr<Checkpoint> LogSigners::Verify(std::string_view signed_note) const {
  absl::StatusOr<VerifiedCheckpoint> verified = VerifyCheckpoint(signed_note, policy_);
  if (!verified.ok()) {
    return absl::FailedPreconditionError("not signed by a key of signing.key_files");
  }
  if (!IncarnationNumber(origin_, verified->checkpoint.origin)) {
    return absl::FailedPreconditionError(absl::StrCat("of another log, ", verified->checkpoint.origin));
  }
  return std::move(verified->checkpoint);
}

}  // namespace affidavit::ledger
