// schema: which versions of a source's payloads there are, what they look like, and what they are meant to look like.
#include <memory>
#include <optional>
#include <string>

#include "CLI/App.hpp"
#include "absl/strings/str_cat.h"
#include "boost/json/serialize.hpp"
#include "cli/files.h"
#include "cli/ledger_client.h"
#include "cli/schema_render.h"
#include "cli/schema_versions.h"
#include "cli/text.h"
#include "cli/verbs.h"
#include "core/base/status_macros.h"

namespace affidavit::cli {
namespace {

struct SchemaOptions {
  std::string source, event_type, file, actor;
  std::optional<std::string> version;  // given and empty: payloads that name none
  std::string before, after;
};

absl::Status RegisterSchema(Session& session, const SchemaOptions& options) {
  v1::RegisterSchemaVersionRequest request;
  request.set_source(options.source);
  request.set_event_type(options.event_type);
  request.set_schema_version(options.version.value_or(""));
  request.set_actor(options.actor);
  ASSIGN_OR_RETURN(*request.mutable_schema(), ReadFile(options.file));
  ASSIGN_OR_RETURN(const auto client, LedgerClient::Open(session));
  ASSIGN_OR_RETURN(const v1::RegisterSchemaVersionResponse response, client->RegisterSchemaVersion(request));
  if (session.Format() == OutputFormat::kJson) {
    session.out << boost::json::serialize(
                       boost::json::object{{"schema_id", response.schema_id()}, {"leaf_index", response.leaf_index()}})
                << "\n";
  } else {
    session.out << "schema " << Printable(response.schema_id()) << " is registered by entry " << response.leaf_index()
                << ". Payloads behind it are held against it; none is ever refused.\n";
  }
  return absl::OkStatus();
}

absl::Status ListSchemas(Session& session, const SchemaOptions& options) {
  ASSIGN_OR_RETURN(const auto client, LedgerClient::Open(session));
  ASSIGN_OR_RETURN(const std::vector<v1::SchemaVersion> versions,
                   ListSchemaVersions(*client, options.source, options.event_type, v1::SCHEMA_VERSION_VIEW_BASIC));
  Table table = SchemaVersionTable();
  for (const v1::SchemaVersion& version : versions) {
    if (session.Format() == OutputFormat::kJson) {
      session.out << boost::json::serialize(SchemaVersionJson(version)) << "\n";
    } else {
      AddSchemaVersionRow(version, table);
    }
  }
  if (session.Format() == OutputFormat::kTable) {
    table.Print(session.out);
  }
  return absl::OkStatus();
}

absl::Status UnknownVersion(const SchemaOptions& options, const std::string& version) {
  return absl::NotFoundError(absl::StrCat("nothing is known of ", Printable(options.source), " ",
                                          Printable(options.event_type), " ", Printable(VersionText(version)),
                                          "\n  what to do: `affidavit schema list` shows every version"));
}

absl::Status ShowSchema(Session& session, const SchemaOptions& options) {
  ASSIGN_OR_RETURN(const auto client, LedgerClient::Open(session));
  ASSIGN_OR_RETURN(const std::vector<v1::SchemaVersion> versions,
                   ListSchemaVersions(*client, options.source, options.event_type, v1::SCHEMA_VERSION_VIEW_FULL));
  bool is_first = true;
  for (const v1::SchemaVersion& version : versions) {
    if (version.event_type() != options.event_type ||
        (options.version && version.schema_version() != *options.version)) {
      continue;
    }
    if (session.Format() == OutputFormat::kJson) {
      session.out << boost::json::serialize(SchemaVersionJson(version)) << "\n";
    } else {
      session.out << (is_first ? "" : "\n");
      PrintSchemaVersion(version, session.out);
    }
    is_first = false;
  }
  return is_first ? UnknownVersion(options, options.version.value_or("of any version")) : absl::OkStatus();
}

// The fields that payloads of a version have had.
absl::StatusOr<std::vector<std::string>> FieldsOfVersion(const std::vector<v1::SchemaVersion>& versions,
                                                         const SchemaOptions& options, const std::string& version) {
  const v1::SchemaVersion* found = FindSchemaVersion(versions, options.source, options.event_type, version);
  if (found == nullptr) {
    return UnknownVersion(options, version);
  }
  if (found->shapes_size() == 0) {
    return absl::NotFoundError(
        absl::StrCat("no payload of version ", Printable(VersionText(version)), " has come yet: nothing to compare"));
  }
  return FieldsOf(*found);
}

absl::Status DiffSchemas(Session& session, const SchemaOptions& options) {
  ASSIGN_OR_RETURN(const auto client, LedgerClient::Open(session));
  ASSIGN_OR_RETURN(const std::vector<v1::SchemaVersion> versions,
                   ListSchemaVersions(*client, options.source, options.event_type, v1::SCHEMA_VERSION_VIEW_FULL));
  ASSIGN_OR_RETURN(const std::vector<std::string> before, FieldsOfVersion(versions, options, options.before));
  ASSIGN_OR_RETURN(const std::vector<std::string> after, FieldsOfVersion(versions, options, options.after));
  const std::vector<ShapeChange> changes = DiffFields(before, after);
  if (session.Format() == OutputFormat::kJson) {
    session.out << boost::json::serialize(ChangesJson(changes)) << "\n";
  } else if (changes.empty()) {
    session.out << "no difference\n";
  } else {
    PrintChanges(changes, "", session.out);
  }
  return absl::OkStatus();
}

void AddNames(CLI::App& verb, SchemaOptions& options, bool is_required) {
  verb.add_option("--source", options.source, "The source that sends the payloads")->required(is_required);
  verb.add_option("--type", options.event_type, "Their event type: message:send, …")->required(is_required);
}

}  // namespace

void AddSchema(CLI::App& app, Session& session) {
  CLI::App* family =
      app.add_subcommand("schema", "The versions of a source's payloads: shapes seen, schemas registered");
  family->require_subcommand(1);
  const auto options = std::make_shared<SchemaOptions>();
  const char* const version_help = "As payloads name it (default: those that name none)";

  CLI::App* add = AddLedgerVerb(*family, session, "register", "Hold payloads against a JSON Schema (draft 4, 6 or 7)",
                                [&session, options] { return RegisterSchema(session, *options); });
  AddNames(*add, *options, true);
  add->add_option("--version", options->version, version_help);
  add->add_option("--file", options->file, "The schema")->required();
  add->add_option("--actor", options->actor, "Who registers it; kept in the log for ever")->required();

  AddNames(*AddLedgerVerb(*family, session, "list", "Every version seen or registered, with counts",
                          [&session, options] { return ListSchemas(session, *options); }),
           *options, false);

  CLI::App* show = AddLedgerVerb(*family, session, "show", "The registered schema, and every shape with its count",
                                 [&session, options] { return ShowSchema(session, *options); });
  AddNames(*show, *options, true);
  show->add_option("--version", options->version, "Only this one ('' for payloads that name none; default: all)");

  CLI::App* diff = AddLedgerVerb(*family, session, "diff", "What version B has that A had not, no more, or differently",
                                 [&session, options] { return DiffSchemas(session, *options); });
  diff->add_option("A", options->before, "A version")->required();
  diff->add_option("B", options->after, "Another one")->required();
  AddNames(*diff, *options, true);
}

}  // namespace affidavit::cli
