#include "config/value.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "core/base/text.h"

namespace affidavit::config {
namespace {

constexpr size_t kMappedSizeMax = 256;  // as long as a leaf's members may be

// One function for each type of target: checks, then stores.

std::string Store(const Field& field, std::string value, std::string& target) {
  std::string fault(FaultOfShape(field.shape, value));
  if (fault.empty()) {
    target = std::move(value);
  }
  return fault;
}

std::string Store(const Field& field, std::vector<std::string> values, std::vector<std::string>& target) {
  const auto count = static_cast<int64_t>(values.size());
  if (count < field.min || count > field.max) {
    return Concat({"must have ", std::to_string(field.min), " to ", std::to_string(field.max), " texts"});
  }
  for (const std::string& value : values) {
    if (const std::string_view fault = FaultOfShape(field.shape, value); !fault.empty()) {
      return Concat({"each ", fault});
    }
  }
  target = std::move(values);
  return "";
}

std::string Store(const Field& /*field*/, bool value, bool& target) {
  target = value;
  return "";
}

template <typename Integer>
std::string Store(const Field& field, int64_t value, Integer& target) {
  if (value < field.min || value > field.max) {
    return Concat({"must be ", std::to_string(field.min), " to ", std::to_string(field.max)});
  }
  target = static_cast<Integer>(value);
  return "";
}

std::string Store(const Field& /*field*/, TimePoint value, std::optional<TimePoint>& target) {
  target = value;
  return "";
}

std::string Store(const Field& /*field*/, ValueMap value, ValueMap& target) {
  for (const auto& [theirs, ours] : value) {
    if (!IsSoundText(theirs, kMappedSizeMax) || !IsSoundText(ours, kMappedSizeMax)) {
      return "must map texts of 1 to 256 bytes without control characters";
    }
  }
  target = std::move(value);
  return "";
}

// What a TOML value or an override's text says, by the type of the target; nothing when it is of another type.

template <typename T>
struct Type {};

constexpr std::string_view WordFor(Type<std::string> /*t*/) {
  return "must be a text";
}
constexpr std::string_view WordFor(Type<std::vector<std::string>> /*t*/) {
  return "must be a list of texts";
}
constexpr std::string_view WordFor(Type<bool> /*t*/) {
  return "must be true or false";
}
constexpr std::string_view WordFor(Type<int64_t> /*t*/) {
  return "must be an integer";
}
constexpr std::string_view WordFor(Type<TimePoint> /*t*/) {
  return "must be a time with its offset, such as 2026-11-24T03:47:34Z";
}
constexpr std::string_view WordFor(Type<ValueMap> /*t*/) {
  return "must be a table of texts";
}

std::optional<std::string> FromToml(Type<std::string> /*t*/, const toml::node& node) {
  return node.value_exact<std::string>();
}

std::optional<std::vector<std::string>> FromToml(Type<std::vector<std::string>> /*t*/, const toml::node& node) {
  if (const auto* text = node.as_string()) {
    return std::vector<std::string>{text->get()};  // a list of one may be written without brackets
  }
  if (!node.is_array()) {
    return std::nullopt;
  }
  std::vector<std::string> texts;
  for (const toml::node& item : *node.as_array()) {
    if (!item.is_string()) {
      return std::nullopt;
    }
    texts.push_back(item.as_string()->get());
  }
  return texts;
}

std::optional<bool> FromToml(Type<bool> /*t*/, const toml::node& node) {
  return node.value_exact<bool>();
}
std::optional<int64_t> FromToml(Type<int64_t> /*t*/, const toml::node& node) {
  return node.value_exact<int64_t>();
}

std::optional<TimePoint> FromToml(Type<TimePoint> /*t*/, const toml::node& node) {
  if (const auto* text = node.as_string()) {
    return ParseRfc3339(text->get());
  }
  const auto* value = node.as_date_time();
  if (value == nullptr || !value->get().offset.has_value()) {
    return std::nullopt;
  }
  const toml::date_time& written = value->get();
  const std::chrono::year_month_day date{std::chrono::year(written.date.year), std::chrono::month(written.date.month),
                                         std::chrono::day(written.date.day)};
  return std::chrono::sys_days(date) + std::chrono::hours(written.time.hour) +
         std::chrono::minutes(written.time.minute - written.offset->minutes) +
         std::chrono::seconds(written.time.second) +
         std::chrono::floor<std::chrono::microseconds>(std::chrono::nanoseconds(written.time.nanosecond));
}

std::optional<ValueMap> FromToml(Type<ValueMap> /*t*/, const toml::node& node) {
  if (!node.is_table()) {
    return std::nullopt;
  }
  ValueMap map;
  for (const auto& [key, value] : *node.as_table()) {
    if (!value.is_string()) {
      return std::nullopt;
    }
    map.emplace(key.str(), value.as_string()->get());
  }
  return map;
}

std::optional<std::string> FromText(Type<std::string> /*t*/, std::string_view text) {
  return std::string(text);
}

std::optional<std::vector<std::string>> FromText(Type<std::vector<std::string>> /*t*/, std::string_view text) {
  std::vector<std::string> texts = absl::StrSplit(std::string(text), ',', absl::SkipWhitespace());
  std::for_each(texts.begin(), texts.end(), [](std::string& part) { absl::StripAsciiWhitespace(&part); });
  return texts;
}

std::optional<bool> FromText(Type<bool> /*t*/, std::string_view text) {
  if (text == "true" || text == "false") {
    return text == "true";
  }
  return std::nullopt;
}

std::optional<int64_t> FromText(Type<int64_t> /*t*/, std::string_view text) {
  int64_t value = 0;
  return absl::SimpleAtoi(std::string(text), &value) ? std::optional<int64_t>(value) : std::nullopt;
}

std::optional<TimePoint> FromText(Type<TimePoint> /*t*/, std::string_view text) {
  return ParseRfc3339(text);
}

std::optional<ValueMap> FromText(Type<ValueMap> /*t*/, std::string_view /*text*/) {
  return std::nullopt;
}

// The type that a target's value is read as.
template <typename T>
struct ReadAs {
  using type = T;
};
template <>
struct ReadAs<int> {
  using type = int64_t;  // so that what does not fit an int is out of range, not cut
};
template <>
struct ReadAs<std::optional<TimePoint>> {
  using type = TimePoint;
};

template <typename Read>
std::string Set(const Field& field, const Read& read) {
  return std::visit(
      [&](auto* target) -> std::string {
        const Type<typename ReadAs<std::remove_pointer_t<decltype(target)>>::type> type;
        auto value = read(type);
        return value.has_value() ? Store(field, *std::move(value), *target) : std::string(WordFor(type));
      },
      field.target);
}

}  // namespace

std::string SetFromToml(const Field& field, const toml::node& node) {
  return Set(field, [&](auto type) { return FromToml(type, node); });
}

std::string SetFromText(const Field& field, std::string_view text) {
  return Set(field, [&](auto type) { return FromText(type, text); });
}

}  // namespace affidavit::config
