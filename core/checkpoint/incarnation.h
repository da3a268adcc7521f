// The names of a log's incarnations: "example.com/log", and after a loss "example.com/log/2", "example.com/log/3" and
// so on. Its keys keep the first name. Pure, thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace affidavit {

// REQUIRES: number > 0.
std::string IncarnationOrigin(std::string_view first_origin, int number);

// The inverse: 1 for `first_origin` itself; nothing when `origin` is none of that log's.
std::optional<int> IncarnationNumber(std::string_view first_origin, std::string_view origin);

}  // namespace affidavit
