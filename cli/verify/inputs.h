// What the command line brings: keys, hashes, numbers and files. An error here is the caller's (exit 2), unless it says
// that it is about evidence.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/digest.h"
#include "core/checkpoint/key.h"
#include "core/signature/verifier.h"

namespace affidavit::verify {

enum class KeyRole { kLog, kWitness, kAny };

// Each text is a vkey, or "@FILE" or the path of a file with one vkey a line (empty lines and lines that begin with '#'
// are passed over). INVALID_ARGUMENT naming the first text that is none of it, or whose key has another role.
absl::StatusOr<std::vector<VerifierKey>> ReadKeys(std::span<const std::string> texts, KeyRole role);

// The secrets in files of the configuration's form, as every scheme would read them. INVALID_ARGUMENT naming the file;
// the message never holds a secret.
absl::StatusOr<std::vector<Secret>> ReadSecrets(std::span<const std::string> files);

// 64 hex digits in either case, or base64, is a hash; INVALID_ARGUMENT for text that is neither hex nor base64,
// DATA_LOSS for bytes that are no hash because they are not 32.
absl::StatusOr<Digest> ParseHashText(std::string_view text);

// A proof's hashes, one a line, as in the body of a C2SP tlog-witness request (hex is also taken). An empty text is an
// empty proof; the last line's end may be missing. DATA_LOSS, naming the line: the text is evidence.
absl::StatusOr<std::vector<Digest>> ParseHashLines(std::string_view text);

// A decimal number below 2^64; `name` is the option's. INVALID_ARGUMENT.
absl::StatusOr<uint64_t> ParseNumber(std::string_view name, std::string_view text);

}  // namespace affidavit::verify
