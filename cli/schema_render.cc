#include "cli/schema_render.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "boost/json/array.hpp"
#include "cli/render.h"
#include "cli/schema_versions.h"
#include "core/base/text.h"

namespace affidavit::cli {
namespace {

namespace json = boost::json;

json::array TextsJson(const std::vector<std::string>& texts) {
  return json::array(texts.begin(), texts.end());
}

json::object ShapeJson(const v1::SchemaShape& shape) {
  return {{"shape_id", shape.shape_id()},
          {"fields", json::array(shape.fields().begin(), shape.fields().end())},
          {"first_leaf_index", shape.first_leaf_index()},
          {"first_receive_time", TimeText(shape.first_receive_time())},
          {"last_receive_time", TimeText(shape.last_receive_time())},
          {"entry_count", shape.entry_count()}};
}

std::vector<std::string> FieldsOf(const v1::SchemaShape& shape) {
  return {shape.fields().begin(), shape.fields().end()};
}

std::string TypeOrNone(const std::string& event_type) {
  return event_type.empty() ? "(none)" : event_type;
}

void PrintRegistration(const v1::SchemaVersion& version, std::ostream& out) {
  if (version.schema_id().empty()) {
    out << "  no schema is registered\n";
    return;
  }
  out << "  schema " << Printable(version.schema_id()) << "   registered " << TimeText(version.register_time())
      << " by " << Printable(version.actor()) << "   entry " << version.register_leaf_index() << "\n";
}

void PrintTraffic(const v1::SchemaVersion& version, std::ostream& out) {
  if (!version.has_first_receive_time()) {
    out << "  no payload of it has come yet\n";
    return;
  }
  out << "  payloads " << WithThousands(version.entry_count()) << ": " << WithThousands(version.valid_count())
      << " valid, " << WithThousands(version.drifted_count()) << " drifted, "
      << WithThousands(version.unregistered_count()) << " unregistered\n  first "
      << TimeText(version.first_receive_time()) << " (entry " << version.first_leaf_index() << ")   last "
      << TimeText(version.last_receive_time()) << "\n";
}

void PrintShape(const v1::SchemaShape& shape, const v1::SchemaShape& first, std::ostream& out) {
  out << "\n  shape " << Printable(shape.shape_id()) << "   payloads " << WithThousands(shape.entry_count())
      << "   first entry " << shape.first_leaf_index() << "   last " << TimeText(shape.last_receive_time()) << "\n";
  if (&shape == &first) {
    for (const std::string& field : shape.fields()) {
      out << "    " << Printable(field) << "\n";
    }
    return;
  }
  out << "    as the first one, but:\n";
  PrintChanges(DiffFields(FieldsOf(first), FieldsOf(shape)), "    ", out);
}

}  // namespace

json::object SchemaVersionJson(const v1::SchemaVersion& version) {
  json::object out{
      {"source", version.source()}, {"event_type", version.event_type()}, {"schema_version", version.schema_version()}};
  if (!version.schema_id().empty()) {
    out["schema_id"] = version.schema_id();
    if (!version.schema().empty()) {
      out["schema"] = version.schema();
    }
    out["actor"] = version.actor();
    out["register_leaf_index"] = version.register_leaf_index();
    out["register_time"] = TimeText(version.register_time());
  }
  if (version.has_first_receive_time()) {
    out["first_receive_time"] = TimeText(version.first_receive_time());
    out["last_receive_time"] = TimeText(version.last_receive_time());
    out["first_leaf_index"] = version.first_leaf_index();
  }
  out["entry_count"] = version.entry_count();
  out["valid_count"] = version.valid_count();
  out["drifted_count"] = version.drifted_count();
  out["unregistered_count"] = version.unregistered_count();
  out["shape_count"] = version.shape_count();
  out["unshaped_count"] = version.unshaped_count();
  if (version.shapes_size() > 0) {
    json::array shapes;
    for (const v1::SchemaShape& shape : version.shapes()) {
      shapes.push_back(ShapeJson(shape));
    }
    out["shapes"] = std::move(shapes);
  }
  return out;
}

Table SchemaVersionTable() {
  return Table({"SOURCE", "TYPE", "VERSION", "SCHEMA", "PAYLOADS", "VALID", "DRIFTED", "UNREGISTERED", "SHAPES",
                "LAST RECEIVED"});
}

void AddSchemaVersionRow(const v1::SchemaVersion& version, Table& table) {
  table.AddRow({version.source(), TypeOrNone(version.event_type()), VersionText(version.schema_version()),
                version.schema_id().empty() ? "none" : version.schema_id(), WithThousands(version.entry_count()),
                WithThousands(version.valid_count()), WithThousands(version.drifted_count()),
                WithThousands(version.unregistered_count()), WithThousands(version.shape_count()),
                version.has_last_receive_time() ? TimeText(version.last_receive_time()) : "never"});
}

void PrintSchemaVersion(const v1::SchemaVersion& version, std::ostream& out) {
  out << Printable(version.source()) << " " << Printable(TypeOrNone(version.event_type())) << " "
      << Printable(VersionText(version.schema_version())) << "\n";
  PrintRegistration(version, out);
  PrintTraffic(version, out);
  if (!version.schema().empty()) {
    out << "\n  " << Printable(version.schema()) << "\n";
  }
  for (const v1::SchemaShape& shape : version.shapes()) {
    PrintShape(shape, version.shapes(0), out);
  }
  if (version.unshaped_count() > 0) {
    out << "\n  " << WithThousands(version.unshaped_count())
        << " payloads have shapes that came after the thousandth: they are not kept\n";
  }
}

std::vector<std::string> FieldsOf(const v1::SchemaVersion& version) {
  std::vector<Shape> shapes;
  for (const v1::SchemaShape& shape : version.shapes()) {
    shapes.push_back({.fields = FieldsOf(shape)});
  }
  return UniteFields(shapes);
}

void PrintChanges(const std::vector<ShapeChange>& changes, std::string_view indent, std::ostream& out) {
  for (const ShapeChange& change : changes) {
    const std::string before = absl::StrJoin(change.before, "|"), after = absl::StrJoin(change.after, "|");
    const std::string pointer = change.pointer.empty() ? "(the whole)" : Printable(change.pointer);
    out << indent;
    if (before.empty()) {
      out << "+ " << pointer << "  " << after << "\n";
    } else if (after.empty()) {
      out << "- " << pointer << "  " << before << "\n";
    } else {
      out << "~ " << pointer << "  " << before << " -> " << after << "\n";
    }
  }
}

json::object ChangesJson(const std::vector<ShapeChange>& changes) {
  json::array added, removed, retyped;
  for (const ShapeChange& change : changes) {
    if (change.before.empty()) {
      added.push_back({{"pointer", change.pointer}, {"types", TextsJson(change.after)}});
    } else if (change.after.empty()) {
      removed.push_back({{"pointer", change.pointer}, {"types", TextsJson(change.before)}});
    } else {
      retyped.push_back(
          {{"pointer", change.pointer}, {"before", TextsJson(change.before)}, {"after", TextsJson(change.after)}});
    }
  }
  return {{"added", std::move(added)}, {"removed", std::move(removed)}, {"retyped", std::move(retyped)}};
}

}  // namespace affidavit::cli
