// C2SP tlog-cosignature, cosignature/v1: a witness's statement that, at a time, this checkpoint was the largest
// consistent one that it had seen of this log. The signature is the time, 64 bits big-endian, and an Ed25519 signature
// over time and checkpoint. Pure, thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "core/checkpoint/key.h"
#include "core/checkpoint/note.h"

namespace affidavit {

// `body`: the checkpoint's text, which ends in a line end; `time_s`: seconds since 1970. INVALID_ARGUMENT unless the
// key is of type kCosignatureV1, the body is a checkpoint's, and the time is not negative.
absl::StatusOr<NoteSignature> Cosign(const SecretKey& key, std::string_view body, int64_t time_s);

// The time that the witness states; nothing unless `public_key` made `signature` (without the key id) over `body`.
std::optional<int64_t> VerifyCosignature(std::string_view public_key, std::string_view body,
                                         std::string_view signature);

}  // namespace affidavit
