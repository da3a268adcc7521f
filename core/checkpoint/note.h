// C2SP signed notes: a text and signature lines "— <key name> <base64(key id || signature)>". Pure, thread-safe. Any
// input is safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/checkpoint/key.h"
#include "core/checkpoint/signer.h"

namespace affidavit {

inline constexpr size_t kNoteSignatureCountMax =
    100;  // the format demands at least 16; Go's reader has this same bound

struct NoteSignature {
  std::string name;
  uint32_t key_id = 0;
  std::string signature;  // without the key id; its form is the key type's own

  bool operator==(const NoteSignature&) const = default;
};

struct Note {
  std::string text;  // ends in a line end; what the keys sign
  std::vector<NoteSignature> signatures;

  bool operator==(const Note&) const = default;
};

// INVALID_ARGUMENT unless `bytes` are a signed note: UTF-8, no control characters but line ends, text, blank line, 1 to
// kNoteSignatureCountMax signature lines in their one form. Says nothing about who signed.
absl::StatusOr<Note> ParseNote(std::string_view bytes);

// The inverse of ParseNote.
std::string FormatNote(const Note& note);

// "— name base64" with its line end, as it stands in a note; this is also what a witness answers.
std::string FormatSignatureLine(const NoteSignature& signature);
absl::StatusOr<NoteSignature> ParseSignatureLine(std::string_view line);  // with its line end; INVALID_ARGUMENT

// `text` signed by each of `signers` in turn. INVALID_ARGUMENT when the text cannot be a note's; else the signer's own
// error.
absl::StatusOr<Note> SignNote(std::string_view text, std::span<const Signer* const> signers);

struct VerifiedSignature {
  VerifierKey key;
  std::optional<int64_t>
      cosign_time;  // seconds since 1970, for cosignatures: when the witness says it saw the checkpoint

  bool operator==(const VerifiedSignature&) const = default;
};

// OK with the cosignature's time, if it is one, iff the key made the signature over `text`. UNAUTHENTICATED otherwise.
absl::StatusOr<VerifiedSignature> VerifySignature(std::string_view text, const NoteSignature& signature,
                                                  const VerifierKey& key);

// The signatures by known keys, in the note's order, a key at most once; those of unknown keys are passed over. It may
// be empty: whether the signers suffice is the caller's rule. UNAUTHENTICATED when a known key's signature fails, for
// then somebody tampered; INVALID_ARGUMENT when two different keys share a name and an id.
absl::StatusOr<std::vector<VerifiedSignature>> VerifyNote(const Note& note, std::span<const VerifierKey> keys);

}  // namespace affidavit
