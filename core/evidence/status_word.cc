#include "core/evidence/status_word.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "core/base/text.h"
#include "core/envelope/profile.h"

namespace affidavit {
namespace {

constexpr size_t kWordSizeMax = 64;  // far longer than any that means something

// Spelled as they compare. The words of the platform's message details, its normalised messages and its analytics; and
// the one that watchers of silent messages use. Of "removed" and "received" nothing follows about the recipient.
constexpr std::array<std::pair<std::string_view, MessageStatus>, 11> kWords = {{
    {"queued", MessageStatus::kPending},
    {"sent", MessageStatus::kPending},
    {"published", MessageStatus::kPending},
    {"deliverypushed", MessageStatus::kPending},
    {"pending", MessageStatus::kPending},
    {"delivered", MessageStatus::kDelivered},
    {"deliverysuccess", MessageStatus::kDelivered},
    {"read", MessageStatus::kRead},
    {"failed", MessageStatus::kFailed},
    {"deliveryfailed", MessageStatus::kFailed},
    {"pendingdeliveryfail", MessageStatus::kTimedOut},
}};

bool IsFiller(char c) {
  return c == '-' || c == '_' || c == ' ';
}

JsonPointer Pointer(std::string_view text) {
  return ParseJsonPointer(text).value();  // for constants only
}

}  // namespace

MessageStatus StatusOfWord(std::string_view word) {
  if (word.size() > kWordSizeMax) {
    return MessageStatus::kUnknown;
  }
  std::string plain;
  for (const char c : word) {
    if (!IsFiller(c)) {
      plain.push_back(absl::ascii_tolower(static_cast<unsigned char>(c)));
    }
  }
  const auto* const found =
      std::find_if(kWords.begin(), kWords.end(), [&](const auto& row) { return row.first == plain; });
  return found == kWords.end() ? MessageStatus::kUnknown : found->second;
}

StatusWordReader::StatusWordReader()
    : inner_(paths_.Add(Pointer("/message/status"))), outer_(paths_.Add(Pointer("/status"))) {}

StatusWord StatusWordReader::Read(std::string_view body) const {
  StatusWord unreadable{.present = true, .word = ""};
  if (!IsUtf8(body)) {
    return unreadable;
  }
  const JsonReading reading = paths_.Read(body);
  if (reading.end != JsonToken::kEnd || reading.duplicate_key) {
    return unreadable;
  }
  for (const size_t slot : {inner_, outer_}) {
    const JsonFinding& finding = reading.findings[slot];
    if (finding.kind == JsonFinding::Kind::kAbsent || finding.kind == JsonFinding::Kind::kNull) {
      continue;
    }
    std::string word(finding.text);
    if (finding.kind != JsonFinding::Kind::kString || (finding.has_escapes && !UnescapeJson(finding.text, word)) ||
        !IsSoundText(word, kWordSizeMax)) {
      return unreadable;
    }
    return {.present = true, .word = std::move(word)};
  }
  return {};
}

}  // namespace affidavit
