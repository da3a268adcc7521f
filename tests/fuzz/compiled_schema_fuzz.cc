// Any schema and any body, the first line and the rest: neither may crash us, and the same two get the same verdict.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/base/text.h"
#include "services/schema/compiled_schema.h"

namespace {

void Require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t end = std::min(text.find('\n'), size);
  const auto compiled = affidavit::schema::CompiledSchema::Compile(text.substr(0, end));
  if (!compiled.ok()) {
    Require(!compiled.status().message().empty() && compiled.status().message().size() <= 512);
    return 0;
  }
  const std::string_view body = text.substr(std::min(end + 1, size));
  const auto drift = (*compiled)->Validate(body);
  if (drift) {
    Require(affidavit::IsUtf8(drift->pointer) && drift->pointer.size() <= 256);
    Require(affidavit::IsUtf8(drift->reason) && !drift->reason.empty() && drift->reason.size() <= 256);
  }
  Require((*compiled)->Validate(body) == drift);
  return 0;
}
