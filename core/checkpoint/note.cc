#include "core/checkpoint/note.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/base/encoding.h"
#include "core/base/status_macros.h"
#include "core/base/text.h"
#include "core/checkpoint/lines.h"

namespace affidavit {
namespace {

constexpr std::string_view kSignaturePrefix = "\xE2\x80\x94 ";  // em dash, space
constexpr std::string_view kBlankLine = "\n\n";
constexpr size_t kKeyIdSize = 4;

absl::Status Malformed(const char* what) {
  return absl::InvalidArgumentError(absl::StrCat("malformed note: ", what));
}

bool HasControlCharacter(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\n'; });
}

absl::Status CheckText(std::string_view text) {
  if (!IsUtf8(text) || HasControlCharacter(text)) {
    return Malformed("it is not UTF-8 or has control characters");
  }
  if (!text.ends_with('\n')) {
    return Malformed("its text does not end in a line end");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<NoteSignature> ParseSignatureLine(std::string_view line) {
  if (!line.starts_with(kSignaturePrefix) || !line.ends_with('\n')) {
    return Malformed("a signature line does not begin with an em dash and a space");
  }
  line.remove_prefix(kSignaturePrefix.size());
  line.remove_suffix(1);
  const size_t name_end = line.find(' ');
  if (name_end == std::string_view::npos || !IsKeyName(line.substr(0, name_end))) {
    return Malformed("a signature line has no sound key name");
  }
  const std::optional<std::string> blob = Base64Decode(line.substr(name_end + 1));
  if (!blob.has_value() || blob->size() <= kKeyIdSize) {
    return Malformed("a signature is not base64 of a key id and a signature");
  }
  uint32_t key_id = 0;
  for (size_t i = 0; i < kKeyIdSize; ++i) {
    key_id = key_id << 8 | static_cast<unsigned char>((*blob)[i]);
  }
  return NoteSignature{std::string(line.substr(0, name_end)), key_id, blob->substr(kKeyIdSize)};
}

absl::StatusOr<Note> ParseNote(std::string_view bytes) {
  RETURN_IF_ERROR(CheckText(bytes));
  // The text may have blank lines of its own: the last one ends it.
  const size_t split = bytes.rfind(kBlankLine);
  if (split == std::string_view::npos) {
    return Malformed("no blank line ends its text");
  }
  Note note{.text = std::string(bytes.substr(0, split + 1))};
  std::string_view rest = bytes.substr(split + kBlankLine.size());
  if (rest.empty()) {
    return Malformed("it has no signatures");
  }
  while (!rest.empty()) {
    if (note.signatures.size() == kNoteSignatureCountMax) {
      return Malformed("it has too many signatures");
    }
    const size_t line_size = rest.find('\n') + 1;
    ASSIGN_OR_RETURN(NoteSignature signature, ParseSignatureLine(rest.substr(0, line_size)));
    note.signatures.push_back(std::move(signature));
    rest.remove_prefix(line_size);
  }
  return note;
}

std::string FormatSignatureLine(const NoteSignature& signature) {
  std::string blob;
  for (int shift = 24; shift >= 0; shift -= 8) {
    blob += static_cast<char>(signature.key_id >> shift & 0xFF);
  }
  blob += signature.signature;
  return std::string(kSignaturePrefix) + absl::StrCat(signature.name, " ", Base64Encode(blob), "\n");
}

std::string FormatNote(const Note& note) {
  std::string bytes = note.text + "\n";
  for (const NoteSignature& signature : note.signatures) {
    bytes += FormatSignatureLine(signature);
  }
  return bytes;
}

absl::StatusOr<Note> SignNote(std::string_view text, std::span<const Signer* const> signers) {
  RETURN_IF_ERROR(CheckText(text));
  Note note{.text = std::string(text)};
  for (const Signer* signer : signers) {
    ASSIGN_OR_RETURN(std::string signature, signer->Sign(text));
    note.signatures.push_back({signer->key().name, signer->key().id, std::move(signature)});
  }
  return note;
}

}  // namespace affidavit
