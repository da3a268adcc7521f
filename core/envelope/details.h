// What a payload says beyond what admission reads: for whom it was, by which carrier, and whether the recipient agreed
// to be told on when reading. Never part of the leaf, never logged. Pure; thread-safe after construction.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/envelope/json_paths.h"
#include "core/envelope/profile.h"

namespace affidavit {

// Where it lies, by source: [sources.details]. An empty list or pointer: this source has none.
struct DetailPointers {
  std::vector<JsonPointer> recipient;  // tried in order; the first string that is there
  JsonPointer carrier;
  JsonPointer consent;                      // of read events
  std::vector<std::string> consent_values;  // those that mean yes: of strings ignoring ASCII case, "true" also for true
  std::vector<JsonPointer> map_objects;     // objects whose keys are data (core/schema/shape.h)
};

// kRefused: something stands there that does not mean yes. kAbsent: nothing, or null.
enum class Consent { kNotAsked, kGiven, kRefused, kAbsent };
std::string_view ConsentName(Consent consent);  // "", "given", "refused", "absent"

struct PayloadDetails {
  std::string recipient, carrier;        // empty: not there, or no sound string of at most 256 bytes
  Consent consent = Consent::kNotAsked;  // kNotAsked: the source has no pointer for it

  bool operator==(const PayloadDetails&) const = default;
};

class DetailReader {
 public:
  explicit DetailReader(DetailPointers pointers);

  const DetailPointers& pointers() const { return pointers_; }
  // Of anything that is no JSON, or has a member on the way twice, nothing is said; kAbsent then, where consent is
  // asked for. Any input is safe.
  PayloadDetails Read(std::string_view body) const;

 private:
  DetailPointers pointers_;
  JsonPaths paths_;
  std::vector<size_t> recipient_;
  size_t carrier_, consent_;
};

}  // namespace affidavit
