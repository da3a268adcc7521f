#include "services/schema/flat_schema.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/base/text.h"
#include "core/schema/registration.h"
#include "services/schema/document.h"
#include "services/schema/keywords.h"
#include "services/schema/reference.h"

namespace affidavit::schema {
namespace {

namespace json = boost::json;

constexpr size_t kPatternsMax = 256;
constexpr size_t kSubschemasMax = 10'000;

std::string_view View(const json::string& text) {
  return {text.data(), text.size()};
}

std::string_view View(json::string_view text) {
  return {text.data(), text.size()};
}

class Flattener {
 public:
  explicit Flattener(const json::value& root) : root_(root) {}

  absl::StatusOr<FlatSchema> Flatten() {
    ASSIGN_OR_RETURN(draft_, DraftOf(root_));
    ASSIGN_OR_RETURN(json::value first, Refer(root_, ""));
    json::object definitions;
    for (size_t number = 0; number < subschemas_.size(); ++number) {  // grows as they name each other
      current_ = number;
      const Subschema subschema = subschemas_[number];
      ASSIGN_OR_RETURN(json::value flat, FlattenOne(*subschema.node, subschema.pointer));
      definitions[std::to_string(number)] = std::move(flat);
    }
    RETURN_IF_ERROR(CheckEnds());
    json::object document = std::move(first.as_object());
    document["definitions"] = std::move(definitions);
    return FlatSchema{std::move(document), std::move(patterns_)};
  }

 private:
  struct Subschema {
    const json::value* node;
    std::string pointer;
    std::vector<size_t> beside;  // asked about the same value
  };
  enum class Asked { kSameValue, kInnerValue };

  // {"$ref":…} to the subschema's number, which it gets at its first mention.
  absl::StatusOr<json::value> Refer(const json::value& mentioned, const std::string& pointer,
                                    Asked asked = Asked::kInnerValue) {
    ASSIGN_OR_RETURN(const Target target, FollowReferences(root_, mentioned, pointer));
    const json::value* const node = target.node;
    const bool is_additional = pointer.ends_with("/additionalProperties") || pointer.ends_with("/additionalItems");
    if (!node->is_object() && (!node->is_bool() || (draft_ == Draft::k4 && !is_additional))) {
      return Fault(target.pointer, draft_ == Draft::k4 ? "must be an object" : "must be an object, true or false");
    }
    const auto [found, is_new] = numbers_.try_emplace(node, subschemas_.size());
    if (is_new) {
      if (subschemas_.size() == kSubschemasMax) {
        return absl::InvalidArgumentError(absl::StrCat("more than ", kSubschemasMax, " subschemas"));
      }
      subschemas_.push_back({node, target.pointer, {}});
    }
    if (asked == Asked::kSameValue) {
      subschemas_[current_].beside.push_back(found->second);
    }
    return json::object{{"$ref", absl::StrCat("#/definitions/", found->second)}};
  }

  absl::StatusOr<json::value> FlattenOne(const json::value& node, const std::string& pointer) {
    if (node.is_bool()) {
      return node;
    }
    json::object flat;
    for (const json::key_value_pair& member : node.get_object()) {
      const std::string name(View(member.key()));
      const Keyword* keyword = FindKeyword(name, draft_);
      if (keyword == nullptr) {
        continue;  // describes, or means nothing in this draft
      }
      const std::string where = absl::StrCat(pointer, "/", name);
      if (!HoldsWhatItMust(*keyword, member.value(), draft_)) {
        return Fault(where, keyword->must);
      }
      ASSIGN_OR_RETURN(flat[member.key()], FlattenMember(*keyword, member.value(), where));
    }
    if (draft_ == Draft::k4) {
      MakeExclusive("maximum", "exclusiveMaximum", flat);
      MakeExclusive("minimum", "exclusiveMinimum", flat);
    }
    return flat;
  }

  absl::StatusOr<json::value> FlattenMember(const Keyword& keyword, const json::value& value,
                                            const std::string& where) {
    const Asked asked = keyword.same_value ? Asked::kSameValue : Asked::kInnerValue;
    switch (keyword.holds) {
      case Holds::kSchema:
        return Refer(value, where, asked);
      case Holds::kSchemas:
        return ReferAll(value.get_array(), where, asked);
      case Holds::kSchemaOrSchemas:
        if (value.is_array()) {
          return ReferAll(value.get_array(), where, asked);
        }
        return Refer(value, where, asked);
      case Holds::kSchemaMap:
        return ReferMap(value.get_object(), where, asked);
      case Holds::kPatternMap:
        return ReferPatterns(value.get_object(), where);
      case Holds::kPattern: {
        ASSIGN_OR_RETURN(std::string index, AddPattern(View(value.get_string()), where));
        return json::value(index);
      }
      default:
        return value;
    }
  }

  absl::StatusOr<json::value> ReferAll(const json::array& schemas, const std::string& where, Asked asked) {
    json::array out;
    for (size_t i = 0; i < schemas.size(); ++i) {
      ASSIGN_OR_RETURN(json::value one, Refer(schemas[i], absl::StrCat(where, "/", i), asked));
      out.push_back(std::move(one));
    }
    return out;
  }

  // Of dependencies an array of names stays what it is.
  absl::StatusOr<json::value> ReferMap(const json::object& schemas, const std::string& where, Asked asked) {
    json::object out;
    for (const json::key_value_pair& member : schemas) {
      if (member.value().is_array() && asked == Asked::kSameValue) {
        out[member.key()] = member.value();
        continue;
      }
      ASSIGN_OR_RETURN(out[member.key()], Refer(member.value(), ChildPointer(where, View(member.key())), asked));
    }
    return out;
  }

  absl::StatusOr<json::value> ReferPatterns(const json::object& schemas, const std::string& where) {
    json::object out;
    for (const json::key_value_pair& member : schemas) {
      ASSIGN_OR_RETURN(const std::string index, AddPattern(View(member.key()), where));
      ASSIGN_OR_RETURN(out[index], Refer(member.value(), ChildPointer(where, View(member.key()))));
    }
    return out;
  }

  absl::StatusOr<std::string> AddPattern(std::string_view text, const std::string& where) {
    if (patterns_.size() == kPatternsMax) {
      return absl::InvalidArgumentError(absl::StrCat("more than ", kPatternsMax, " patterns"));
    }
    absl::StatusOr<Pattern> pattern = Pattern::Compile(text);
    if (!pattern.ok()) {
      return Fault(where, absl::StrCat("a pattern ", pattern.status().message()));
    }
    patterns_.push_back(*std::move(pattern));
    return std::to_string(patterns_.size() - 1);
  }

  static void MakeExclusive(json::string_view limit, json::string_view exclusive, json::object& flat) {
    const json::value* flag = flat.if_contains(exclusive);
    const json::value* bound = flat.if_contains(limit);
    const bool holds = flag != nullptr && bound != nullptr && flag->is_bool() && flag->get_bool();
    if (holds) {
      json::value moved = *bound;
      flat.erase(limit);
      flat[exclusive] = std::move(moved);
    } else {
      flat.erase(exclusive);
    }
  }

  // By taking away, again and again, what nothing left is asked beside (Kahn): what stays over goes round in a circle.
  absl::Status CheckEnds() const {
    std::vector<size_t> askers(subschemas_.size());
    for (const Subschema& subschema : subschemas_) {
      for (const size_t other : subschema.beside) {
        ++askers[other];
      }
    }
    std::vector<size_t> ready;
    for (size_t i = 0; i < askers.size(); ++i) {
      if (askers[i] == 0) {
        ready.push_back(i);
      }
    }
    size_t done = 0;
    for (; done < ready.size(); ++done) {
      for (const size_t other : subschemas_[ready[done]].beside) {
        if (--askers[other] == 0) {
          ready.push_back(other);
        }
      }
    }
    if (done == subschemas_.size()) {
      return absl::OkStatus();
    }
    const auto circle = std::find_if(askers.begin(), askers.end(), [](size_t left) { return left > 0; });
    return Fault(subschemas_[static_cast<size_t>(circle - askers.begin())].pointer, "asks for itself without end");
  }

  const json::value& root_;
  Draft draft_ = Draft::k7;
  std::vector<Subschema> subschemas_;
  std::map<const json::value*, size_t> numbers_;
  size_t current_ = 0;  // the subschema that is being flattened
  std::vector<Pattern> patterns_;
};

}  // namespace

absl::StatusOr<FlatSchema> FlattenSchema(std::string_view schema) {
  if (schema.size() > kSchemaSizeMax) {
    return absl::InvalidArgumentError(absl::StrCat("larger than ", kSchemaSizeMax >> 10, " KiB"));
  }
  absl::StatusOr<json::value> root = ReadDocument(schema, kSchemaDepthMax);
  if (!root.ok()) {
    return absl::InvalidArgumentError(root.status().message());
  }
  return Flattener(*root).Flatten();
}

}  // namespace affidavit::schema
