// Schema versions, their shapes, and how two of them differ, as JSON documents and for people. Pure.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "affidavit/v1/governance_service.pb.h"
#include "boost/json/object.hpp"
#include "cli/text.h"
#include "core/schema/shape.h"

namespace affidavit::cli {

// Members named as the proto's, times in RFC 3339; `schema` is the registered document as text. What is absent is left
// out.
boost::json::object SchemaVersionJson(const v1::SchemaVersion& version);

// The rows of `schema list`.
Table SchemaVersionTable();
void AddSchemaVersionRow(const v1::SchemaVersion& version, Table& table);

// What is registered, its text, and every shape with its count and, behind the first one, how it differs from it.
void PrintSchemaVersion(const v1::SchemaVersion& version, std::ostream& out);

// The fields of all shapes of a version.
std::vector<std::string> FieldsOf(const v1::SchemaVersion& version);

// "+ POINTER TYPES", "- POINTER TYPES", "~ POINTER TYPES -> TYPES", in the order of the pointers.
void PrintChanges(const std::vector<ShapeChange>& changes, std::string_view indent, std::ostream& out);
// {"added":[{"pointer","types"}],"removed":[…],"retyped":[{"pointer","before","after"}]}
boost::json::object ChangesJson(const std::vector<ShapeChange>& changes);

}  // namespace affidavit::cli
