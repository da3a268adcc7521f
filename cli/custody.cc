// custody: what became of a message: each of its entries with every clock, where its copy lies, and what follows.
#include <algorithm>
#include <memory>
#include <string>

#include "CLI/App.hpp"
#include "absl/strings/str_cat.h"
#include "boost/json/serialize.hpp"
#include "cli/custody_json.h"
#include "cli/custody_render.h"
#include "cli/ledger_client.h"
#include "cli/recipient.h"
#include "cli/text.h"
#include "cli/verbs.h"
#include "core/base/status_macros.h"

namespace affidavit::cli {
namespace {

constexpr int kChainsAtOnceMax = 100;

struct CustodyOptions {
  std::string message_id, correlation_id, event_id, source;
  RecipientOptions recipient;
  int64_t limit = 0;
};

absl::StatusOr<v1::GetCustodyChainRequest> CustodyRequestOf(const CustodyOptions& options) {
  const int named = static_cast<int>(!options.message_id.empty()) + static_cast<int>(!options.correlation_id.empty()) +
                    static_cast<int>(!options.event_id.empty()) + static_cast<int>(options.recipient.IsGiven());
  if (named != 1) {
    return absl::InvalidArgumentError(
        "say whose custody: one of --message ID, --correlation ID, --event ID, --recipient-file FILE and --recipient "
        "ADDRESS");
  }
  v1::GetCustodyChainRequest request;
  if (!options.message_id.empty()) {
    request.set_message_id(options.message_id);
  } else if (!options.correlation_id.empty()) {
    request.set_correlation_id(options.correlation_id);
  } else if (!options.event_id.empty()) {
    request.set_event_id(options.event_id);
  } else {
    ASSIGN_OR_RETURN(*request.mutable_recipient(), ReadRecipient(options.recipient));
  }
  request.set_source(options.source);
  return request;
}

void PrintCustodyPage(Session& session, const v1::GetCustodyChainResponse& page, bool is_first) {
  if (session.Format() == OutputFormat::kJson) {
    session.out << boost::json::serialize(CustodyJson(page)) << "\n";
    return;
  }
  for (const v1::CustodyChain& chain : page.chains()) {
    session.out << (is_first ? "" : "\n");
    is_first = false;
    PrintCustodyChain(chain, page, session.out);
  }
}

// The last line: what stands above may lack something. In JSON the numbers say so.
void PrintCustodyEnd(Session& session, const v1::GetCustodyChainResponse& page) {
  if (const std::string missing = NotYetProjected(page); !missing.empty() && session.Format() == OutputFormat::kTable) {
    session.out << "\n" << missing << "\n";
  }
}

absl::Status ShowCustody(Session& session, const CustodyOptions& options) {
  ASSIGN_OR_RETURN(v1::GetCustodyChainRequest request, CustodyRequestOf(options));
  ASSIGN_OR_RETURN(const auto client, LedgerClient::Open(session));
  int64_t shown = 0;
  v1::GetCustodyChainResponse page;
  do {
    const int64_t wanted = options.limit == 0 ? kChainsAtOnceMax : options.limit - shown;
    request.set_page_size(static_cast<int32_t>(std::min<int64_t>(wanted, kChainsAtOnceMax)));
    request.set_page_token(page.next_page_token());
    ASSIGN_OR_RETURN(page, client->GetCustodyChain(request));
    if (page.chains_size() > 0) {
      PrintCustodyPage(session, page, shown == 0);
    }
    shown += page.chains_size();
  } while (!page.next_page_token().empty() && (options.limit == 0 || shown < options.limit) && session.out.flush());
  PrintCustodyEnd(session, page);
  return shown > 0 ? absl::OkStatus() : absl::NotFoundError("no message is known for this recipient");
}

}  // namespace

void AddCustody(CLI::App& app, Session& session) {
  const auto options = std::make_shared<CustodyOptions>();
  CLI::App* verb = AddLedgerVerb(app, session, "custody", "What became of a message, entry by entry",
                                 [&session, options] { return ShowCustody(session, *options); });
  verb->add_option("--message", options->message_id, "Of this message")->type_name("ID");
  verb->add_option("--correlation", options->correlation_id, "Of every message with this correlation id")
      ->type_name("ID");
  verb->add_option("--event", options->event_id, "Of the message that this event belongs to")->type_name("ID");
  AddRecipientOptions(*verb, options->recipient, WithAddress::kYes);
  verb->add_option("--source", options->source, "Only of this source");
  verb->add_option("--limit", options->limit, "At most so many messages of a recipient, newest first (default: all)")
      ->check(CLI::PositiveNumber);
}

}  // namespace affidavit::cli
