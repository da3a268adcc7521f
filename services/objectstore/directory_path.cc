#include "services/objectstore/directory_path.h"

#include <cstddef>

#include "absl/strings/str_cat.h"
#include "core/base/text.h"

namespace affidavit::objectstore {
namespace {

constexpr size_t kDirectoryKeyBytesMax = 1'024;
constexpr size_t kComponentBytesMax = 240;  // of 255: room for the mark, and for names beside it
constexpr std::string_view kEmptyComponent = "%_";

bool IsPlainInName(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
         c == '-' || c == '!';
}

void AppendEscapedComponent(std::string_view component, std::string& out) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  if (component.empty()) {
    out += kEmptyComponent;
    return;
  }
  for (size_t i = 0; i < component.size(); ++i) {
    const char c = component[i];
    if (IsPlainInName(c) && !(i == 0 && c == '.')) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kDigits[byte >> 4];
    out += kDigits[byte & 0xF];
  }
}

int UpperHexValue(char digit) {
  if (digit >= '0' && digit <= '9') {
    return digit - '0';
  }
  return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

}  // namespace

absl::Status CheckKey(std::string_view key) {
  if (key.empty() || key.size() > kDirectoryKeyBytesMax) {
    return absl::InvalidArgumentError(absl::StrCat("a key of ", key.size(), " bytes: it must have 1 to 1,024"));
  }
  if (!IsUtf8(key) || key.find('\0') != std::string_view::npos) {
    return absl::InvalidArgumentError("a key must be UTF-8 without NUL");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> EscapeKey(std::string_view key) {
  std::string path;
  while (true) {
    const size_t slash = key.find('/');
    const size_t start = path.size();
    AppendEscapedComponent(key.substr(0, slash), path);
    if (path.size() - start > kComponentBytesMax) {
      return absl::InvalidArgumentError(absl::StrCat("a name in the key is ", path.size() - start,
                                                     " bytes as a file's: a directory store holds ", kComponentBytesMax,
                                                     " at most"));
    }
    if (slash == std::string_view::npos) {
      return path;
    }
    path += '/';
    key.remove_prefix(slash + 1);
  }
}

std::optional<std::string> UnescapeComponent(std::string_view name) {
  std::string component;
  if (name == kEmptyComponent) {
    return component;
  }
  for (size_t i = 0; i < name.size(); ++i) {
    if (name[i] != '%') {
      component += name[i];
      continue;
    }
    const bool is_whole = name.size() - i > 2;
    const int high = is_whole ? UpperHexValue(name[i + 1]) : -1;
    const int low = is_whole ? UpperHexValue(name[i + 2]) : -1;
    if (high < 0 || low < 0) {
      return std::nullopt;
    }
    component += static_cast<char>(high << 4 | low);
    i += 2;
  }
  std::string again;
  AppendEscapedComponent(component, again);
  return again == name && !name.empty() ? std::optional<std::string>(component) : std::nullopt;
}

}  // namespace affidavit::objectstore
