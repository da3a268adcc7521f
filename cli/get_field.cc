#include "cli/get_field.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/json_field.h"
#include "cli/schema_versions.h"
#include "cli/text.h"
#include "core/base/status_macros.h"

namespace affidavit::cli {
namespace {

using FieldOutcome = FieldAnswer::Outcome;

std::string VersionNameOf(const v1::Entry& entry) {
  return absl::StrCat(Printable(entry.source()), " ",
                      entry.event_type().empty() ? "(no type)" : Printable(entry.event_type()), " ",
                      Printable(VersionText(entry.schema_version())));
}

// `version`: null when nothing is projected of it.
FieldAnswer JudgeAbsence(const v1::SchemaVersion* version, const std::string& name, const JsonPointer& pointer) {
  if (version == nullptr || version->shapes_size() == 0) {
    return {.outcome = FieldOutcome::kAbsent,
            .why = absl::StrCat("this payload has no such field, and no shape of ", name,
                                " is known (yet) that would say whether others have it")};
  }
  int64_t having = 0;
  bool is_all_known = version->unshaped_count() == 0;
  for (const v1::SchemaShape& shape : version->shapes()) {
    const std::vector<std::string> fields(shape.fields().begin(), shape.fields().end());
    having += HasField(fields, pointer) ? shape.entry_count() : 0;
    is_all_known = is_all_known && !IsCut(fields);
  }
  if (having > 0) {
    return {.outcome = FieldOutcome::kAbsent,
            .why = absl::StrCat("this payload has no such field; ", WithThousands(having), " of ",
                                WithThousands(version->entry_count()), " payloads of ", name, " have it")};
  }
  if (!is_all_known) {
    return {.outcome = FieldOutcome::kAbsent,
            .why = absl::StrCat("this payload has no such field; not all shapes of ", name,
                                " are kept, so others may have it")};
  }
  return {.outcome = FieldOutcome::kNoSuchField,
          .why = absl::StrCat("no such field in this version: none of ", WithThousands(version->entry_count()),
                              " payloads of ", name, " has it")};
}

}  // namespace

std::string OutcomeText(FieldOutcome outcome) {
  switch (outcome) {
    case FieldOutcome::kValue:
      return "value";
    case FieldOutcome::kNull:
      return "null";
    case FieldOutcome::kAbsent:
      return "absent";
    case FieldOutcome::kNoSuchField:
      return "no_such_field";
  }
  return "";
}

absl::StatusOr<FieldAnswer> ReadField(LedgerClient& client, const v1::Entry& entry, const std::string& pointer) {
  const absl::StatusOr<JsonPointer> parsed = ParseJsonPointer(pointer);
  if (!parsed.ok()) {
    return absl::InvalidArgumentError("--field must be a JSON pointer, such as /message/id");
  }
  if (!entry.has_payload()) {
    return absl::NotFoundError(absl::StrCat("the payload of entry ", entry.leaf_index(), " is not kept any more"));
  }
  absl::StatusOr<std::optional<std::string>> found = FindField(entry.payload(), *parsed);
  if (!found.ok()) {
    return absl::FailedPreconditionError(absl::StrCat(found.status().message(), ": it has no fields"));
  }
  if (*found) {
    return **found == "null" ? FieldAnswer{.outcome = FieldOutcome::kNull, .value = {}, .why = {}}
                             : FieldAnswer{.outcome = FieldOutcome::kValue, .value = std::move(**found), .why = {}};
  }
  ASSIGN_OR_RETURN(const std::vector<v1::SchemaVersion> versions,
                   ListSchemaVersions(client, entry.source(), entry.event_type(), v1::SCHEMA_VERSION_VIEW_FULL));
  return JudgeAbsence(FindSchemaVersion(versions, entry.source(), entry.event_type(), entry.schema_version()),
                      VersionNameOf(entry), *parsed);
}

}  // namespace affidavit::cli
