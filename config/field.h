// One row of the table of keys: the name of a key and where its value goes. The reader, the overrides, the detection of
// unknown keys and the test of the example file all walk the same rows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/shapes.h"
#include "core/base/time.h"
#include "core/envelope/profile.h"

namespace affidavit::config {

struct Field {
  using Texts = std::vector<std::string>;
  using Time = std::optional<TimePoint>;

  std::string_view name;
  std::variant<std::string*, Texts*, bool*, int*, int64_t*, Time*, ValueMap*> target;  // must outlive the row
  Shape shape = Shape::kText;  // of a text, and of each text of a list
  int64_t min = 0, max = 0;    // of an integer, and of the number of texts in a list

  Field(std::string_view n, std::string* t, Shape s) : name(n), target(t), shape(s) {}
  Field(std::string_view n, Texts* t, Shape s, int64_t low, int64_t high)
      : name(n), target(t), shape(s), min(low), max(high) {}
  Field(std::string_view n, bool* t) : name(n), target(t) {}
  Field(std::string_view n, int* t, int64_t low, int64_t high) : name(n), target(t), min(low), max(high) {}
  Field(std::string_view n, int64_t* t, int64_t low, int64_t high) : name(n), target(t), min(low), max(high) {}
  Field(std::string_view n, Time* t) : name(n), target(t) {}
  Field(std::string_view n, ValueMap* t) : name(n), target(t) {}
};

}  // namespace affidavit::config
