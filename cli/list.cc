// list: entries in log order, every page of them, as they come.
#include <memory>
#include <utility>

#include "CLI/App.hpp"
#include "absl/strings/str_cat.h"
#include "boost/json/serialize.hpp"
#include "cli/filter.h"
#include "cli/ledger_client.h"
#include "cli/recipient.h"
#include "cli/render.h"
#include "cli/verbs.h"
#include "core/base/status_macros.h"

namespace affidavit::cli {
namespace {

struct ListOptions {
  FilterOptions filter;
  RecipientOptions recipient;
  int64_t limit = 0;
  bool payload = false;
};

absl::Status List(Session& session, const ListOptions& options) {
  v1::ListEntriesRequest request;
  ASSIGN_OR_RETURN(*request.mutable_filter(), ParseFilter(options.filter));
  ASSIGN_OR_RETURN(*request.mutable_filter()->mutable_recipient(), ReadRecipient(options.recipient));
  request.set_view(options.payload ? v1::ENTRY_VIEW_FULL : v1::ENTRY_VIEW_BASIC);
  ASSIGN_OR_RETURN(const auto client, LedgerClient::Open(session));
  Table table = EntryTable();
  const absl::Status status =
      client->ListEntries(std::move(request), options.limit, [&](const v1::ListEntriesResponse& page) {
        for (const v1::Entry& entry : page.entries()) {
          if (session.Format() == OutputFormat::kJson) {
            session.out << boost::json::serialize(EntryJson(entry)) << "\n";
          } else {
            AddEntryRow(entry, table);
          }
        }
        if (session.Format() == OutputFormat::kTable) {
          table.Print(session.out);
        }
        // Nothing more can be written: stop asking for pages. Run reports it.
        return session.out.flush() ? absl::OkStatus() : absl::CancelledError();
      });
  return absl::IsCancelled(status) ? absl::OkStatus() : status;
}

}  // namespace

void AddList(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("list", "Entries in log order; with --output json one document a line");
  AddCommonOptions(*verb, session);
  AddLedgerOptions(*verb, session);
  const auto options = std::make_shared<ListOptions>();
  FilterOptions& filter = options->filter;
  verb->add_option("--kind", filter.kinds, "envelope, conflict, excluded, quarantined, … (several: comma or repeated)")
      ->delimiter(',')
      ->allow_extra_args(false);
  verb->add_option("--source", filter.source, "Of this source");
  verb->add_option("--channel", filter.channel, "SMS, EMAIL, WEBCHAT, MMS, …");
  verb->add_option("--type", filter.event_type, "message:send, message:delivery, …");
  verb->add_option("--message", filter.message_id, "Of this message");
  verb->add_option("--correlation", filter.correlation_id, "With this correlation id");
  AddRecipientOptions(*verb, options->recipient, WithAddress::kNo);
  verb->add_option("--since", filter.since, "Received at or after this RFC 3339 time")->type_name("TIME");
  verb->add_option("--until", filter.until, "Received before this RFC 3339 time")->type_name("TIME");
  verb->add_option("--limit", options->limit, "At most so many (default: all)")->check(CLI::PositiveNumber);
  verb->add_flag("--payload", options->payload, "With the payloads, as payload_base64 in json");
  SetAction(*verb, session, [&session, options] { return List(session, *options); });
}

}  // namespace affidavit::cli
