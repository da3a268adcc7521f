// hold: what must not go while a case is open, whatever its retention period says.
#include <memory>
#include <string>

#include "CLI/App.hpp"
#include "absl/strings/str_cat.h"
#include "boost/json/serialize.hpp"
#include "cli/filter.h"
#include "cli/governance_render.h"
#include "cli/ledger_client.h"
#include "cli/verbs.h"
#include "core/base/status_macros.h"

namespace affidavit::cli {
namespace {

struct HoldOptions {
  std::string hold_id, case_reference, actor, reason;
  std::string source, message_id, correlation_id, since, until;
  bool all = false;
};

void PrintHold(Session& session, const v1::LegalHold& hold, const std::string& what) {
  if (session.Format() == OutputFormat::kJson) {
    session.out << boost::json::serialize(HoldJson(hold)) << "\n";
    return;
  }
  session.out << what << "\n";
  Table table = HoldTable();
  AddHoldRow(hold, table);
  table.Print(session.out);
}

absl::Status CreateHold(Session& session, const HoldOptions& options) {
  const int named = static_cast<int>(!options.message_id.empty()) + static_cast<int>(!options.correlation_id.empty()) +
                    static_cast<int>(!options.since.empty() || !options.until.empty());
  if (named != 1) {
    return absl::InvalidArgumentError(
        "say what to hold: one of --message ID, --correlation ID, and --since TIME or --until TIME or both");
  }
  ASSIGN_OR_RETURN(const v1::EntryFilter times, ParseFilter({.since = options.since, .until = options.until}));
  v1::CreateLegalHoldRequest request;
  v1::LegalHold& hold = *request.mutable_hold();
  hold.set_hold_id(options.hold_id);
  hold.set_case_reference(options.case_reference);
  hold.set_actor(options.actor);
  v1::HoldPredicate& predicate = *hold.mutable_predicate();
  predicate.set_source(options.source);
  predicate.set_message_id(options.message_id);
  predicate.set_correlation_id(options.correlation_id);
  if (times.has_start_time()) {
    *predicate.mutable_start_time() = times.start_time();
  }
  if (times.has_end_time()) {
    *predicate.mutable_end_time() = times.end_time();
  }
  ASSIGN_OR_RETURN(const auto client, LedgerClient::Open(session));
  ASSIGN_OR_RETURN(const v1::CreateLegalHoldResponse response, client->CreateLegalHold(request));
  PrintHold(session, response.hold(),
            absl::StrCat("held. What matches and is copied from now on is held as it arrives; a worker holds what was "
                         "copied before: `affidavit hold list` shows how far."));
  return absl::OkStatus();
}

absl::Status ReleaseHoldOf(Session& session, const HoldOptions& options) {
  v1::ReleaseLegalHoldRequest request;
  request.set_hold_id(options.hold_id);
  request.set_actor(options.actor);
  request.set_reason(options.reason);
  ASSIGN_OR_RETURN(const auto client, LedgerClient::Open(session));
  ASSIGN_OR_RETURN(const v1::ReleaseLegalHoldResponse response, client->ReleaseLegalHold(request));
  PrintHold(
      session, response.hold(),
      "released. A worker lifts the holds of objects that no other hold binds; their locks stay until their time.");
  return absl::OkStatus();
}

absl::Status ListHolds(Session& session, const HoldOptions& options) {
  ASSIGN_OR_RETURN(const auto client, LedgerClient::Open(session));
  Table table = HoldTable();
  v1::ListLegalHoldsRequest request;
  request.set_show_released(options.all);
  request.set_case_reference(options.case_reference);
  v1::ListLegalHoldsResponse response;
  do {
    request.set_page_token(response.next_page_token());
    ASSIGN_OR_RETURN(response, client->ListLegalHolds(request));
    for (const v1::LegalHold& hold : response.holds()) {
      if (session.Format() == OutputFormat::kJson) {
        session.out << boost::json::serialize(HoldJson(hold)) << "\n";
      } else {
        AddHoldRow(hold, table);
      }
    }
    if (session.Format() == OutputFormat::kTable) {
      table.Print(session.out);
    }
  } while (!response.next_page_token().empty());
  return absl::OkStatus();
}

}  // namespace

void AddHold(CLI::App& app, Session& session) {
  CLI::App* family = app.add_subcommand("hold", "Legal holds: what must stay while a case is open");
  family->require_subcommand(1);
  const auto options = std::make_shared<HoldOptions>();

  CLI::App* create =
      AddLedgerVerb(*family, session, "create", "Hold what matches, and whatever comes later and matches",
                    [&session, options] { return CreateHold(session, *options); });
  create->add_option("--case", options->case_reference, "The matter that it serves; kept in the log for ever")
      ->required();
  create->add_option("--actor", options->actor, "Who places it; kept in the log for ever")->required();
  create->add_option("--message", options->message_id, "Entries of this message")->type_name("ID");
  create->add_option("--correlation", options->correlation_id, "Entries with this correlation id")->type_name("ID");
  create->add_option("--since", options->since, "Received at or after this RFC 3339 time")->type_name("TIME");
  create->add_option("--until", options->until, "Received before this RFC 3339 time")->type_name("TIME");
  create->add_option("--source", options->source, "Only of this source");
  create->add_option("--hold-id", options->hold_id, "A name of your own: then running it again is safe")
      ->type_name("ID");

  CLI::App* release = AddLedgerVerb(*family, session, "release", "Release a hold, for ever",
                                    [&session, options] { return ReleaseHoldOf(session, *options); });
  release->add_option("HOLD_ID", options->hold_id)->required();
  release->add_option("--actor", options->actor, "Who releases it; kept in the log for ever")->required();
  release->add_option("--reason", options->reason, "Why; kept in the log for ever");

  CLI::App* list = AddLedgerVerb(*family, session, "list", "Active holds, and how far they are",
                                 [&session, options] { return ListHolds(session, *options); });
  list->add_option("--case", options->case_reference, "Only of this case");
  list->add_flag("--all", options->all, "Released ones too");
}

}  // namespace affidavit::cli
