// The scanner against a second opinion: what Boost.JSON accepts, it accepts, with the same strings, and the other way
// round, but where Boost.JSON wants values (exponents, surrogates) or where the scanner stops at its own depth.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "boost/json.hpp"
#include "core/base/json_scanner.h"
#include "core/base/text.h"

namespace {

namespace json = boost::json;
using affidavit::JsonbObstacle;
using affidavit::JsonToken;

void Require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

struct Scanned {
  JsonToken end;
  bool has_unpaired_surrogate = false;
  std::vector<std::string> strings;  // in order, keys too
};

Scanned Scan(std::string_view text) {
  affidavit::JsonScanner scanner(text);
  Scanned scanned;
  for (;;) {
    scanned.end = scanner.Next();
    switch (scanned.end) {
      case JsonToken::kEnd:
      case JsonToken::kInvalid:
      case JsonToken::kTooDeep:
        Require(scanner.Next() == scanned.end);
        return scanned;
      case JsonToken::kKey:
      case JsonToken::kString: {
        std::string meaning;
        const bool is_text = affidavit::UnescapeJson(scanner.token_text(), meaning);
        Require(!is_text || affidavit::IsUtf8(meaning));
        Require(is_text || scanner.jsonb_obstacle() != JsonbObstacle::kNone);
        Require(scanner.has_escapes() || meaning == scanner.token_text());
        scanned.has_unpaired_surrogate = scanned.has_unpaired_surrogate || !is_text;
        scanned.strings.push_back(std::move(meaning));
        break;
      }
      default:
        break;
    }
  }
}

void CollectStrings(const json::value& value, std::vector<std::string>& strings) {
  if (const json::string* text = value.if_string()) {
    strings.emplace_back(text->data(), text->size());
  } else if (const json::array* array = value.if_array()) {
    for (const json::value& element : *array) {
      CollectStrings(element, strings);
    }
  } else if (const json::object* object = value.if_object()) {
    for (const json::key_value_pair& member : *object) {
      strings.emplace_back(member.key().data(), member.key().size());
      CollectStrings(member.value(), strings);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  json::error_code error;
  json::parse_options options;
  options.max_depth = 2 * affidavit::kJsonDepthMax;
  const json::value value = json::parse({text.data(), text.size()}, error, {}, options);
  if (!affidavit::IsUtf8(text)) {
    Require(static_cast<bool>(error));
    return 0;
  }
  const Scanned scanned = Scan(text);
  if (scanned.end == JsonToken::kTooDeep) {
    return 0;
  }
  if (!error) {
    Require(scanned.end == JsonToken::kEnd);
    std::vector<std::string> strings;
    CollectStrings(value, strings);
    Require(strings.size() < scanned.strings.size() || strings == scanned.strings);  // fewer: keys were doubled
  } else if (scanned.end == JsonToken::kEnd) {
    Require(error == json::error::exponent_overflow || scanned.has_unpaired_surrogate);
  }
  return 0;
}
