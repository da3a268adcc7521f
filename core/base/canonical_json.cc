#include "core/base/canonical_json.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "absl/strings/str_cat.h"
#include "boost/json.hpp"

namespace affidavit {
namespace {

namespace json = boost::json;

constexpr int64_t kIntegerMax = (int64_t{1} << 53) - 1;

bool KeyLess(const json::key_value_pair* a, const json::key_value_pair* b) {
  return CanonicalKeyLess({a->key().data(), a->key().size()}, {b->key().data(), b->key().size()});
}

void Append(const json::value& value, std::string& out);

void AppendInteger(int64_t value, std::string& out) {
  if (value > kIntegerMax || value < -kIntegerMax) {
    std::abort();  // REQUIRES in the header: a document of our own making would be read differently by others
  }
  absl::StrAppend(&out, value);
}

void AppendArray(const json::array& array, std::string& out) {
  out.push_back('[');
  for (size_t i = 0; i < array.size(); ++i) {
    if (i > 0) {
      out.push_back(',');
    }
    Append(array[i], out);
  }
  out.push_back(']');
}

void AppendObject(const json::object& object, std::string& out) {
  std::vector<const json::key_value_pair*> members;
  members.reserve(object.size());
  for (const json::key_value_pair& member : object) {
    members.push_back(&member);
  }
  std::sort(members.begin(), members.end(), KeyLess);
  out.push_back('{');
  for (size_t i = 0; i < members.size(); ++i) {
    if (i > 0) {
      out.push_back(',');
    }
    AppendCanonicalString({members[i]->key().data(), members[i]->key().size()}, out);
    out.push_back(':');
    Append(members[i]->value(), out);
  }
  out.push_back('}');
}

void Append(const json::value& value, std::string& out) {
  switch (value.kind()) {
    case json::kind::null:
      out += "null";
      return;
    case json::kind::bool_:
      out += value.get_bool() ? "true" : "false";
      return;
    case json::kind::int64:
      AppendInteger(value.get_int64(), out);
      return;
    case json::kind::uint64:
      AppendInteger(static_cast<int64_t>(std::min<uint64_t>(value.get_uint64(), INT64_MAX)), out);
      return;
    case json::kind::double_:
      std::abort();  // REQUIRES in the header
    case json::kind::string:
      AppendCanonicalString({value.get_string().data(), value.get_string().size()}, out);
      return;
    case json::kind::array:
      AppendArray(value.get_array(), out);
      return;
    case json::kind::object:
      AppendObject(value.get_object(), out);
      return;
  }
}

// The escape of a byte that needs one, empty for all others.
std::string_view ShortEscape(char c) {
  switch (c) {
    case '"':
      return "\\\"";
    case '\\':
      return "\\\\";
    case '\b':
      return "\\b";
    case '\t':
      return "\\t";
    case '\n':
      return "\\n";
    case '\f':
      return "\\f";
    case '\r':
      return "\\r";
    default:
      return {};
  }
}

bool NeedsEscape(char c) {
  return static_cast<uint8_t>(c) < 0x20 || c == '"' || c == '\\';
}

}  // namespace

// UTF-8 bytes order as code points do, UTF-16 does not: U+E000 to U+FFFF (lead bytes EE and EF) come after the
// surrogates of the planes beyond (F0 to F4).
bool CanonicalKeyLess(std::string_view a, std::string_view b) {
  const auto [at, bt] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (at == a.end() || bt == b.end()) {
    return at == a.end() && bt != b.end();
  }
  const auto x = static_cast<uint8_t>(*at);
  const auto y = static_cast<uint8_t>(*bt);
  const bool crossed = (x >= 0xF0) != (y >= 0xF0) && std::min(x, y) >= 0xEE;
  return crossed ? x > y : x < y;
}

void AppendCanonicalString(std::string_view text, std::string& out) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out.push_back('"');
  size_t copied = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (!NeedsEscape(text[i])) {
      continue;
    }
    out.append(text.substr(copied, i - copied));
    copied = i + 1;
    const std::string_view escape = ShortEscape(text[i]);
    if (escape.empty()) {
      const auto byte = static_cast<uint8_t>(text[i]);
      out += "\\u00";
      out.push_back(kHex[byte >> 4]);
      out.push_back(kHex[byte & 0xF]);
    } else {
      out.append(escape);
    }
  }
  out.append(text.substr(copied));
  out.push_back('"');
}

std::string CanonicalJson(const json::value& value) {
  std::string out;
  Append(value, out);
  return out;
}

}  // namespace affidavit
