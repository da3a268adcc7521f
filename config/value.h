// Sets a field from one TOML value or from an override's text. Each answers what is wrong, without the value ("must be
// 1 to 16"), or nothing; what is wrong is not stored.
#pragma once

#include <string>
#include <string_view>

#include "config/field.h"
#include "toml++/toml.h"

namespace affidavit::config {

std::string SetFromToml(const Field& field, const toml::node& node);

// Lists are separated by commas, booleans are true or false, times RFC 3339.
std::string SetFromText(const Field& field, std::string_view text);

}  // namespace affidavit::config
