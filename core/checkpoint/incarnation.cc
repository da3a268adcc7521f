#include "core/checkpoint/incarnation.h"

#include <cstdint>
#include <limits>

#include "core/base/affix.h"
#include "core/base/text.h"
#include "core/checkpoint/lines.h"

namespace affidavit {

std::string IncarnationOrigin(std::string_view first_origin, int number) {
  return number == 1 ? std::string(first_origin) : Concat({first_origin, "/", std::to_string(number)});
}

std::optional<int> IncarnationNumber(std::string_view first_origin, std::string_view origin) {
  if (origin == first_origin) {
    return 1;
  }
  if (!ConsumePrefix(origin, first_origin) || !ConsumePrefix(origin, "/")) {
    return std::nullopt;
  }
  const std::optional<uint64_t> number = ParseDecimal(origin);
  if (!number || *number < 2 || *number > std::numeric_limits<int>::max()) {
    return std::nullopt;
  }
  return static_cast<int>(*number);
}

}  // namespace affidavit
