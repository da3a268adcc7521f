#include "services/schema/compiled_schema.h"

#include <cstdlib>
#include <exception>
#include <utility>

#include "boost/json/value.hpp"
#include "core/base/json_scanner.h"
#include "core/base/status_macros.h"
#include "services/schema/document.h"
#include "services/schema/flat_schema.h"
#include "services/schema/reference.h"
#include "services/schema/valijson_visitor.h"
#include "valijson/schema.hpp"
#include "valijson/schema_parser.hpp"

namespace affidavit::schema {
namespace {

constexpr size_t kDriftTextSizeMax = 256;
constexpr ptrdiff_t kParserStackMax = 4 << 20;

Drift DriftAt(const Context& context, std::string_view reason) {
  std::string pointer;
  for (size_t i = 1; i < context.size(); ++i) {
    pointer = ChildPointer(pointer, std::string_view(context[i]).substr(1, context[i].size() - 2));
    if (pointer.size() > kDriftTextSizeMax) {
      break;
    }
  }
  return {CutText(pointer, kDriftTextSizeMax), CutText(reason, kDriftTextSizeMax)};
}

// Of a flat schema: no $id, and references by number only.
class FlatParser : public valijson::SchemaParser {
 public:
  FlatParser() : valijson::SchemaParser(kDraft7), stack_start_(StackNow()) {}

 private:
  static const char* StackNow() { return static_cast<const char*>(__builtin_frame_address(0)); }

  // Asked at every reference, and so at every level of the parser's recursion.
  std::optional<std::string> resolveDocumentUri(const std::optional<std::string>&,
                                                const std::optional<std::string>& uri) override {
    if (std::abs(stack_start_ - StackNow()) > kParserStackMax) {
      throw TooMuchWork();
    }
    return uri;
  }

  const char* const stack_start_;
};

class ValijsonSchema : public CompiledSchema {
 public:
  explicit ValijsonSchema(std::vector<Pattern> patterns) : patterns_(std::move(patterns)) {}

  void Parse(const boost::json::value& document) { FlatParser().populateSchema(Adapter(document), schema_); }

  std::optional<Drift> Validate(std::string_view body) const override {
    const absl::StatusOr<boost::json::value> document = ReadDocument(body, kJsonDepthMax);
    if (!document.ok()) {
      return Drift{"", std::string(document.status().message())};
    }
    Run run(patterns_);
    try {
      Visitor visitor(Adapter(*document), {"<root>"}, /*strictTypes=*/true, nullptr, run);
      if (visitor.validateSchema(schema_)) {
        return std::nullopt;
      }
    } catch (const TooMuchWork&) {
      return Drift{"", "to hold it against its schema is more work than we do for one payload"};
    } catch (const std::exception&) {
      return Drift{"", "cannot be held against its schema"};
    }
    return run.drift ? DriftAt(run.drift->first, run.drift->second) : Drift{"", "not valid"};
  }

 private:
  valijson::Schema schema_;
  const std::vector<Pattern> patterns_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<CompiledSchema>> CompiledSchema::Compile(std::string_view schema) {
  ASSIGN_OR_RETURN(FlatSchema flat, FlattenSchema(schema));
  auto compiled = std::make_unique<ValijsonSchema>(std::move(flat.patterns));
  try {
    compiled->Parse(flat.document);
  } catch (const TooMuchWork&) {
    return absl::InvalidArgumentError("its subschemas are nested too deep");
  } catch (const std::exception&) {
    return absl::InvalidArgumentError("not a schema that the validator reads");
  }
  return compiled;
}

}  // namespace affidavit::schema
