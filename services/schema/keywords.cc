#include "services/schema/keywords.h"

#include <algorithm>
#include <array>
#include <string>

#include "boost/json/array.hpp"
#include "boost/json/object.hpp"

namespace affidavit::schema {
namespace {

namespace json = boost::json;

constexpr std::string_view kMustSchema = "must be a schema";
constexpr std::string_view kMustSchemas = "must be an array of schemas that is not empty";
constexpr std::string_view kMustMap = "must be an object of schemas";
constexpr std::string_view kMustCount = "must be a whole number that is not negative";
constexpr std::string_view kMustNumber = "must be a number";

constexpr std::array kKeywords = {
    Keyword{"additionalItems", Draft::k4, Holds::kSchema, false, kMustSchema},
    Keyword{"additionalProperties", Draft::k4, Holds::kSchema, false, kMustSchema},
    Keyword{"allOf", Draft::k4, Holds::kSchemas, true, kMustSchemas},
    Keyword{"anyOf", Draft::k4, Holds::kSchemas, true, kMustSchemas},
    Keyword{"const", Draft::k6, Holds::kAnything, false, ""},
    Keyword{"contains", Draft::k6, Holds::kSchema, false, kMustSchema},
    Keyword{"dependencies", Draft::k4, Holds::kSchemaMap, true, "must be an object of schemas and arrays of names"},
    Keyword{"else", Draft::k7, Holds::kSchema, true, kMustSchema},
    Keyword{"enum", Draft::k4, Holds::kValues, false, "must be an array"},
    Keyword{"exclusiveMaximum", Draft::k4, Holds::kLimit, false, "must be a number (in draft 4: true or false)"},
    Keyword{"exclusiveMinimum", Draft::k4, Holds::kLimit, false, "must be a number (in draft 4: true or false)"},
    Keyword{"if", Draft::k7, Holds::kSchema, true, kMustSchema},
    Keyword{"items", Draft::k4, Holds::kSchemaOrSchemas, false, kMustSchema},
    Keyword{"maxItems", Draft::k4, Holds::kCount, false, kMustCount},
    Keyword{"maxLength", Draft::k4, Holds::kCount, false, kMustCount},
    Keyword{"maxProperties", Draft::k4, Holds::kCount, false, kMustCount},
    Keyword{"maximum", Draft::k4, Holds::kNumber, false, kMustNumber},
    Keyword{"minItems", Draft::k4, Holds::kCount, false, kMustCount},
    Keyword{"minLength", Draft::k4, Holds::kCount, false, kMustCount},
    Keyword{"minProperties", Draft::k4, Holds::kCount, false, kMustCount},
    Keyword{"minimum", Draft::k4, Holds::kNumber, false, kMustNumber},
    Keyword{"multipleOf", Draft::k4, Holds::kPositiveNumber, false, "must be a number above 0"},
    Keyword{"not", Draft::k4, Holds::kSchema, true, kMustSchema},
    Keyword{"oneOf", Draft::k4, Holds::kSchemas, true, kMustSchemas},
    Keyword{"pattern", Draft::k4, Holds::kPattern, false, "must be a string"},
    Keyword{"patternProperties", Draft::k4, Holds::kPatternMap, false, kMustMap},
    Keyword{"properties", Draft::k4, Holds::kSchemaMap, false, kMustMap},
    Keyword{"propertyNames", Draft::k6, Holds::kSchema, false, kMustSchema},
    Keyword{"required", Draft::k4, Holds::kNames, false, "must be an array of names"},
    Keyword{"then", Draft::k7, Holds::kSchema, true, kMustSchema},
    Keyword{"type", Draft::k4, Holds::kTypes, false, "must name JSON types"},
    Keyword{"uniqueItems", Draft::k4, Holds::kFlag, false, "must be true or false"},
};

bool IsTypeName(const json::value& value) {
  constexpr std::array<std::string_view, 7> kTypes = {"array",  "boolean", "integer", "null",
                                                      "number", "object",  "string"};
  return value.is_string() && std::any_of(kTypes.begin(), kTypes.end(), [&](std::string_view type) {
           return value.get_string() == json::string_view(type.data(), type.size());
         });
}

bool AreNames(const json::value& value) {
  return value.is_array() && std::all_of(value.get_array().begin(), value.get_array().end(),
                                         [](const json::value& name) { return name.is_string(); });
}

bool AreTypes(const json::value& value) {
  if (const json::array* types = value.if_array()) {
    return !types->empty() && std::all_of(types->begin(), types->end(), IsTypeName);
  }
  return IsTypeName(value);
}

bool AreDependencies(const json::value& value) {
  return value.is_object() && std::all_of(value.get_object().begin(), value.get_object().end(), [](const auto& member) {
           return !member.value().is_array() || AreNames(member.value());
         });
}

bool IsPositive(const json::value& value) {
  return value.is_int64() ? value.get_int64() > 0 : value.is_double() && value.get_double() > 0;
}

}  // namespace

absl::StatusOr<Draft> DraftOf(const json::value& schema) {
  const json::value* named = schema.is_object() ? schema.get_object().if_contains("$schema") : nullptr;
  if (named == nullptr) {
    return Draft::k7;
  }
  if (named->is_string()) {
    std::string uri(named->get_string().data(), named->get_string().size());
    if (uri.ends_with('#')) {
      uri.pop_back();
    }
    for (const std::string_view scheme : {"http://", "https://"}) {
      if (uri.starts_with(scheme)) {
        uri.erase(0, scheme.size());
        break;
      }
    }
    for (const auto& [name, draft] : {std::pair("json-schema.org/draft-04/schema", Draft::k4),
                                      std::pair("json-schema.org/draft-06/schema", Draft::k6),
                                      std::pair("json-schema.org/draft-07/schema", Draft::k7)}) {
      if (uri == name) {
        return draft;
      }
    }
  }
  return absl::InvalidArgumentError(
      "/$schema: must name draft 4, 6 or 7, as in http://json-schema.org/draft-07/schema#");
}

const Keyword* FindKeyword(std::string_view name, Draft draft) {
  const auto* const found =
      std::find_if(kKeywords.begin(), kKeywords.end(), [&](const Keyword& keyword) { return keyword.name == name; });
  return found != kKeywords.end() && found->since <= draft ? found : nullptr;
}

bool HoldsWhatItMust(const Keyword& keyword, const json::value& value, Draft draft) {
  switch (keyword.holds) {
    case Holds::kSchemas:
      return value.is_array() && !value.get_array().empty();
    case Holds::kSchemaMap:
      return keyword.same_value ? AreDependencies(value) : value.is_object();
    case Holds::kPatternMap:
      return value.is_object();
    case Holds::kPattern:
      return value.is_string();
    case Holds::kValues:
      return value.is_array();
    case Holds::kNames:
      return AreNames(value);
    case Holds::kTypes:
      return AreTypes(value);
    case Holds::kFlag:
      return value.is_bool();
    case Holds::kCount:
      return value.is_int64() && value.get_int64() >= 0;
    case Holds::kNumber:
      return value.is_int64() || value.is_double();
    case Holds::kPositiveNumber:
      return IsPositive(value);
    case Holds::kLimit:
      return draft == Draft::k4 ? value.is_bool() : value.is_int64() || value.is_double();
    default:
      return true;
  }
}

}  // namespace affidavit::schema
