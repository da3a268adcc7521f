#include "cli/verify/inputs.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "cli/files.h"
#include "cli/text.h"
#include "core/base/encoding.h"
#include "core/base/status_macros.h"
#include "core/base/text.h"
#include "core/checkpoint/lines.h"
#include "core/evidence/verify_bundle.h"
#include "core/merkle/hash.h"

namespace affidavit::verify {
namespace {

constexpr size_t kHashHexSize = 64;

bool IsFile(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

absl::Status CheckRole(const VerifierKey& key, KeyRole role) {
  const bool is_witness = key.type == KeyType::kCosignatureV1;
  if (role == KeyRole::kLog && is_witness) {
    return absl::InvalidArgumentError("key " + cli::Printable(key.name) +
                                      " makes cosignatures: it is a witness's, to be given with --witness");
  }
  if (role == KeyRole::kWitness && !is_witness) {
    return absl::InvalidArgumentError("key " + cli::Printable(key.name) +
                                      " makes no cosignatures: it is a log's, to be given with --key");
  }
  return absl::OkStatus();
}

absl::Status AddKey(std::string_view vkey, KeyRole role, std::vector<VerifierKey>& keys) {
  ASSIGN_OR_RETURN(VerifierKey key, ParseVerifierKey(vkey));
  RETURN_IF_ERROR(CheckRole(key, role));
  if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
    keys.push_back(std::move(key));
  }
  return absl::OkStatus();
}

absl::Status AddKeysOfFile(const std::string& path, KeyRole role, std::vector<VerifierKey>& keys) {
  ASSIGN_OR_RETURN(std::string text, cli::ReadFile(path));
  text += '\n';
  const size_t count_before = keys.size();
  LineReader lines(text);
  for (int number = 1; const std::optional<std::string_view> line = lines.Next(); ++number) {
    const std::string_view vkey = TrimHttpSpace(line->ends_with('\r') ? line->substr(0, line->size() - 1) : *line);
    if (vkey.empty() || vkey.front() == '#') {
      continue;
    }
    const absl::Status status = AddKey(vkey, role, keys);
    if (!status.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(path, ":", number, ": ", status.message()));
    }
  }
  if (keys.size() == count_before) {
    return absl::InvalidArgumentError(path + " holds no key that was not given already");
  }
  return absl::OkStatus();
}

bool IsHexDigit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

std::optional<std::string> DecodeHex(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c; });
  return HexDecode(lower);
}

}  // namespace

absl::StatusOr<std::vector<VerifierKey>> ReadKeys(std::span<const std::string> texts, KeyRole role) {
  std::vector<VerifierKey> keys;
  for (const std::string& text : texts) {
    if (text.starts_with('@')) {
      RETURN_IF_ERROR(AddKeysOfFile(text.substr(1), role, keys));
    } else if (!ParseVerifierKey(text).ok() && IsFile(text)) {
      RETURN_IF_ERROR(AddKeysOfFile(text, role, keys));
    } else if (const absl::Status status = AddKey(text, role, keys); !status.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("'", cli::Printable(text), "': ", status.message()));
    }
  }
  return keys;
}

absl::StatusOr<std::vector<Secret>> ReadSecrets(std::span<const std::string> files) {
  std::vector<Secret> secrets;
  for (const std::string& path : files) {
    ASSIGN_OR_RETURN(const std::string text, cli::ReadFile(path));
    absl::StatusOr<std::vector<Secret>> read = ReadTrustedSecret(text);
    if (!read.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(path, ": ", read.status().message()));
    }
    secrets.insert(secrets.end(), read->begin(), read->end());
  }
  return secrets;
}

absl::StatusOr<Digest> ParseHashText(std::string_view text) {
  const bool is_hex = std::all_of(text.begin(), text.end(), IsHexDigit);
  std::optional<std::string> bytes;
  if (is_hex && text.size() == kHashHexSize) {
    bytes = DecodeHex(text);
  } else {
    bytes = Base64Decode(text);
    if (!bytes.has_value() && is_hex) {
      bytes = DecodeHex(text);
    }
  }
  if (!bytes.has_value()) {
    return absl::InvalidArgumentError("'" + cli::Printable(text) + "' is neither hex nor base64");
  }
  const absl::StatusOr<Digest> hash = ParseHash(*bytes);
  if (!hash.ok()) {
    return absl::DataLossError(absl::StrCat("a hash has ", bytes->size(), " bytes, not 32"));
  }
  return *hash;
}

absl::StatusOr<std::vector<Digest>> ParseHashLines(std::string_view text) {
  std::string ended(text);
  if (!ended.empty() && !ended.ends_with('\n')) {
    ended += '\n';
  }
  std::vector<Digest> hashes;
  LineReader lines(ended);
  while (const std::optional<std::string_view> line = lines.Next()) {
    const absl::StatusOr<Digest> hash = ParseHashText(*line);
    if (!hash.ok()) {
      return absl::DataLossError(
          absl::StrCat("line ", hashes.size() + 1, " of the proof is no hash: ", hash.status().message()));
    }
    hashes.push_back(*hash);
  }
  return hashes;
}

absl::StatusOr<uint64_t> ParseNumber(std::string_view name, std::string_view text) {
  const std::optional<uint64_t> number = ParseDecimal(text);
  if (!number.has_value()) {
    return absl::InvalidArgumentError(Concat({name, " takes a decimal number below 2^64, not '", text, "'"}));
  }
  return *number;
}

}  // namespace affidavit::verify
