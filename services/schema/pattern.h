// A `pattern` of a schema, on RE2: time linear in the text. Thread-safe after construction.
#pragma once

#include <memory>
#include <string_view>

#include "absl/status/statusor.h"

namespace re2 {
class RE2;
}

namespace affidavit::schema {

class Pattern {
 public:
  // INVALID_ARGUMENT with RE2's reason, which does not repeat the pattern: what RE2 has not (look-around, references
  // back), more than 1,024 bytes, or more than it may need of memory. Of ECMA-262 \uXXXX is understood as well.
  static absl::StatusOr<Pattern> Compile(std::string_view pattern);
  Pattern(Pattern&&) noexcept;
  ~Pattern();

  // Anywhere in the text, as JSON Schema has it. REQUIRES: IsUtf8(text).
  bool Matches(std::string_view text) const;

 private:
  explicit Pattern(std::unique_ptr<re2::RE2> compiled);

  std::unique_ptr<re2::RE2> compiled_;
};

}  // namespace affidavit::schema
