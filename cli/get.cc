// get: one entry, its exact payload bytes, its exact leaf bytes, or one field of its payload.
#include <memory>
#include <optional>

#include "CLI/App.hpp"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "boost/json/array.hpp"
#include "boost/json/serialize.hpp"
#include "cli/get_field.h"
#include "cli/ledger_client.h"
#include "cli/render.h"
#include "cli/text.h"
#include "cli/verbs.h"
#include "core/base/status_macros.h"

namespace affidavit::cli {
namespace {

struct GetOptions {
  std::string event_id, source, field;
  std::optional<int64_t> leaf_index;
  bool raw = false;
  bool leaf = false;
};

void Print(Session& session, const v1::GetEntryResponse& response) {
  const auto& conflicts = response.conflict_leaf_indexes();
  if (session.Format() == OutputFormat::kJson) {
    boost::json::object out = EntryJson(response.entry());
    if (!conflicts.empty()) {
      out["conflict_leaf_indexes"] = boost::json::array(conflicts.begin(), conflicts.end());
    }
    session.out << boost::json::serialize(out) << "\n";
    return;
  }
  PrintEntry(response.entry(), session.out);
  if (!conflicts.empty()) {
    session.out << "conflicts with it   " << absl::StrJoin(conflicts, " ") << "\n";
  }
}

// Without a value it is a finding, which in JSON is a document too.
absl::Status PrintField(Session& session, LedgerClient& client, const v1::Entry& entry, const std::string& pointer) {
  ASSIGN_OR_RETURN(const FieldAnswer answer, ReadField(client, entry, pointer));
  if (session.Format() == OutputFormat::kJson) {
    boost::json::object out{
        {"leaf_index", entry.leaf_index()}, {"pointer", pointer}, {"outcome", OutcomeText(answer.outcome)}};
    if (answer.outcome == FieldAnswer::Outcome::kValue) {
      out["value"] = answer.value;
    }
    session.out << boost::json::serialize(out) << "\n";
  } else if (answer.why.empty()) {
    session.out << (answer.outcome == FieldAnswer::Outcome::kNull ? "null" : Printable(answer.value)) << "\n";
  }
  return answer.why.empty() ? absl::OkStatus()
                            : absl::NotFoundError(absl::StrCat(OutcomeText(answer.outcome), ": ", answer.why));
}

absl::Status Get(Session& session, const GetOptions& options) {
  v1::GetEntryRequest request;
  if (options.leaf_index) {
    request.set_leaf_index(*options.leaf_index);
  } else if (!options.event_id.empty()) {
    request.set_event_id(options.event_id);
  } else {
    return absl::InvalidArgumentError("say which entry: EVENT_ID or --leaf-index N");
  }
  request.set_source(options.source);
  request.set_view(v1::ENTRY_VIEW_FULL);
  ASSIGN_OR_RETURN(const auto client, LedgerClient::Open(session));
  ASSIGN_OR_RETURN(const v1::GetEntryResponse response, client->GetEntry(request));
  if (!options.field.empty()) {
    return PrintField(session, *client, response.entry(), options.field);
  }
  if (options.leaf) {
    session.out << response.entry().leaf();
  } else if (!options.raw) {
    Print(session, response);
  } else if (response.entry().has_payload()) {
    session.out << response.entry().payload();
  } else {
    return absl::NotFoundError(absl::StrCat("the payload of entry ", response.entry().leaf_index(),
                                            " is not kept any more; its digest and proofs are"));
  }
  return absl::OkStatus();
}

}  // namespace

void AddGet(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("get", "One entry; with --raw the exact bytes that were posted");
  AddCommonOptions(*verb, session);
  AddLedgerOptions(*verb, session);
  const auto options = std::make_shared<GetOptions>();
  CLI::Option* event_id = verb->add_option("EVENT_ID", options->event_id, "The event's id");
  CLI::Option* source =
      verb->add_option("--source", options->source, "The source that the id belongs to")->needs(event_id);
  verb->add_option("--leaf-index", options->leaf_index, "The entry's place in the log")
      ->check(CLI::NonNegativeNumber)
      ->excludes(event_id)
      ->excludes(source);
  CLI::Option* raw = verb->add_flag("--raw", options->raw, "Print the stored payload byte for byte, and nothing else");
  CLI::Option* leaf =
      verb->add_flag("--leaf", options->leaf, "Print the leaf's bytes, and nothing else")->excludes(raw);
  verb->add_option("--field", options->field,
                   "Print what lies at this JSON pointer of the payload, or say whether it is absent or unknown")
      ->type_name("POINTER")
      ->excludes(raw)
      ->excludes(leaf);
  SetAction(*verb, session, [&session, options] { return Get(session, *options); });
}

}  // namespace affidavit::cli
