// " (did you mean 'listen'?)" for a mistyped name. Pure, thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace affidavit::config {

// The nearest of `known` within two edits (and less than half of `name`), in words; empty when none is near.
std::string Suggestion(std::string_view name, const std::vector<std::string_view>& known);

}  // namespace affidavit::config
