#include "services/schema/reference.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "boost/json/array.hpp"
#include "boost/json/object.hpp"
#include "core/base/text.h"
#include "core/envelope/profile.h"

namespace affidavit::schema {
namespace {

namespace json = boost::json;

constexpr size_t kFaultPointerSizeMax = 200;
constexpr int kReferencesMax = 64;  // that lead to each other

int HexDigit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// RFC 3986's %XX; anything else stays.
std::string DecodePercent(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? HexDigit(text[i + 1]) : -1;
    const int low = high >= 0 ? HexDigit(text[i + 2]) : -1;
    if (low < 0) {
      out.push_back(text[i]);
    } else {
      out.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    }
  }
  return out;
}

const json::value* ChildOf(const json::value& node, const std::string& token) {
  if (const json::object* object = node.if_object()) {
    return object->if_contains(token);
  }
  uint32_t index = 0;
  const json::array* array = node.if_array();
  const bool is_index = array != nullptr && !token.empty() &&
                        token.find_first_not_of("0123456789") == std::string::npos && absl::SimpleAtoi(token, &index);
  return is_index && index < array->size() ? &(*array)[index] : nullptr;
}

const json::value* Resolve(const json::value& root, const std::string& pointer) {
  if (pointer.empty()) {
    return &root;
  }
  const absl::StatusOr<JsonPointer> parsed = ParseJsonPointer(pointer);
  const json::value* node = parsed.ok() ? &root : nullptr;
  for (size_t i = 0; node != nullptr && i < parsed->tokens.size(); ++i) {
    node = ChildOf(*node, parsed->tokens[i]);
  }
  return node;
}

}  // namespace

std::string CutText(std::string_view text, size_t size_max) {
  constexpr std::string_view kCut = "…";
  if (text.size() <= size_max) {
    return std::string(text);
  }
  size_t end = size_max - kCut.size();
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) {
    --end;
  }
  return Concat({text.substr(0, end), kCut});
}

absl::Status Fault(std::string_view pointer, std::string_view description) {
  return absl::InvalidArgumentError(Concat({CutText(pointer, kFaultPointerSizeMax), ": ", description}));
}

std::string ChildPointer(std::string_view pointer, std::string_view token) {
  std::string out = Concat({pointer, "/"});
  for (const char c : token) {
    if (c == '~' || c == '/') {
      out.append(c == '~' ? "~0" : "~1");
    } else {
      out.push_back(c);
    }
  }
  return out;
}

absl::StatusOr<Target> FollowReferences(const json::value& root, const json::value& schema, std::string_view pointer) {
  Target target{&schema, std::string(pointer)};
  for (int followed = 0; followed <= kReferencesMax; ++followed) {
    const json::value* reference = target.node->is_object() ? target.node->get_object().if_contains("$ref") : nullptr;
    if (reference == nullptr) {
      return target;
    }
    const std::string where = Concat({target.pointer, "/$ref"});
    const bool is_inside = reference->is_string() && reference->get_string().starts_with('#');
    if (!is_inside) {
      return Fault(where, "must be \"#\" and a JSON pointer into this document: nothing is fetched");
    }
    const json::string& text = reference->get_string();
    target.pointer = DecodePercent({text.data() + 1, text.size() - 1});
    target.node = IsUtf8(target.pointer) ? Resolve(root, target.pointer) : nullptr;
    if (target.node == nullptr) {
      return Fault(where, "leads nowhere in this document");
    }
  }
  return Fault(pointer, "a $ref that leads to a $ref without end");
}

}  // namespace affidavit::schema
