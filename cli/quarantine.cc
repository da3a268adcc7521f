// quarantine: what was authentic and could not be used, why, and its way back in once the source's profile is fixed.
#include "cli/quarantine.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "CLI/App.hpp"
#include "absl/strings/str_cat.h"
#include "boost/json/serialize.hpp"
#include "cli/filter.h"
#include "cli/render.h"
#include "cli/text.h"
#include "cli/verbs.h"
#include "core/base/status_macros.h"

namespace affidavit::cli {
namespace {

constexpr size_t kPreviewBytesMax = 2'048;

struct QuarantineOptions {
  std::string kind = "quarantined";
  std::string source;
  int64_t limit = 0;
  int64_t leaf_index = 0;
  bool raw = false;
  std::vector<int64_t> leaf_indexes;
  bool all = false;
};

absl::StatusOr<v1::ListEntriesRequest> ListingOf(const QuarantineOptions& options) {
  v1::ListEntriesRequest request;
  ASSIGN_OR_RETURN(*request.mutable_filter(), ParseFilter({.kinds = {options.kind}, .source = options.source}));
  return request;
}

absl::Status List(Session& session, const QuarantineOptions& options) {
  ASSIGN_OR_RETURN(v1::ListEntriesRequest request, ListingOf(options));
  ASSIGN_OR_RETURN(const auto client, LedgerClient::Open(session));
  Table table({"LEAF_INDEX", "SOURCE", "REASON", "RECEIVE_TIME", "BYTES", "EVENT_ID"});
  RETURN_IF_ERROR(client->ListEntries(std::move(request), options.limit, [&](const v1::ListEntriesResponse& page) {
    for (const v1::Entry& entry : page.entries()) {
      if (session.Format() == OutputFormat::kJson) {
        boost::json::object out = EntryJson(entry);
        out["reason"] = ReasonOf(entry);
        session.out << boost::json::serialize(out) << "\n";
      } else {
        table.AddRow({absl::StrCat(entry.leaf_index()), entry.source(), ReasonOf(entry), TimeText(entry.receive_time()),
                      absl::StrCat(entry.payload_size_bytes()), entry.event_id()});
      }
    }
    return absl::OkStatus();
  }));
  if (session.Format() == OutputFormat::kTable) {
    table.Print(session.out);
  }
  return absl::OkStatus();
}

void PrintPreview(const v1::Entry& entry, std::ostream& out) {
  if (!entry.has_payload()) {
    out << "\nthe payload is not kept any more\n";
    return;
  }
  const std::string_view shown = std::string_view(entry.payload()).substr(0, kPreviewBytesMax);
  out << "\n" << Printable(shown) << "\n";
  if (shown.size() < entry.payload().size()) {
    out << "… " << entry.payload().size() - shown.size() << " more bytes; --raw prints them all\n";
  }
}

absl::Status Show(Session& session, const QuarantineOptions& options) {
  ASSIGN_OR_RETURN(const auto client, LedgerClient::Open(session));
  v1::GetEntryRequest request;
  request.set_leaf_index(options.leaf_index);
  request.set_view(v1::ENTRY_VIEW_FULL);
  ASSIGN_OR_RETURN(const v1::GetEntryResponse response, client->GetEntry(request));
  const v1::Entry& entry = response.entry();
  if (ReasonOf(entry).empty()) {
    return absl::FailedPreconditionError(absl::StrCat("entry ", entry.leaf_index(), " is of kind ",
                                                      KindName(entry.kind()),
                                                      ", neither quarantined nor excluded\n  what to do: affidavit get "
                                                      "--leaf-index ",
                                                      entry.leaf_index()));
  }
  if (options.raw) {
    session.out << entry.payload();
  } else if (session.Format() == OutputFormat::kJson) {
    boost::json::object out = EntryJson(entry);
    out["reason"] = ReasonOf(entry);
    session.out << boost::json::serialize(out) << "\n";
  } else {
    session.out << "reason              " << Printable(ReasonOf(entry)) << "\n";
    PrintEntry(entry, session.out);
    PrintPreview(entry, session.out);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<int64_t>> Chosen(LedgerClient& client, const QuarantineOptions& options) {
  if (options.all == !options.leaf_indexes.empty()) {
    return absl::InvalidArgumentError("say which: LEAF_INDEX…, or --all");
  }
  if (!options.all) {
    return options.leaf_indexes;
  }
  std::vector<int64_t> chosen;
  ASSIGN_OR_RETURN(v1::ListEntriesRequest request, ListingOf(options));
  RETURN_IF_ERROR(client.ListEntries(std::move(request), options.limit, [&](const v1::ListEntriesResponse& page) {
    for (const v1::Entry& entry : page.entries()) {
      chosen.push_back(entry.leaf_index());
    }
    return absl::OkStatus();
  }));
  return chosen;
}

void PrintReadmission(const Readmission& readmission, Session& session, Table& table) {
  const v1::AppendResult& result = readmission.result;
  const bool refused = result.outcome() == v1::APPEND_OUTCOME_REFUSED;
  const std::string reason = refused ? result.error().message() : result.reason();
  if (session.Format() == OutputFormat::kTable) {
    table.AddRow({absl::StrCat(readmission.leaf_index), OutcomeName(result.outcome()),
                  refused ? "" : absl::StrCat(result.leaf_index()), reason, result.event_id()});
    table.Print(session.out);
    return;
  }
  boost::json::object out{{"leaf_index", readmission.leaf_index}, {"outcome", OutcomeName(result.outcome())}};
  if (!refused) {
    out["new_leaf_index"] = result.leaf_index();
  }
  if (!result.event_id().empty()) {
    out["event_id"] = result.event_id();
  }
  if (!reason.empty()) {
    out["reason"] = reason;
  }
  session.out << boost::json::serialize(out) << "\n";
}

absl::Status Readmit(Session& session, const QuarantineOptions& options) {
  ASSIGN_OR_RETURN(const auto client, LedgerClient::Open(session));
  ASSIGN_OR_RETURN(const std::vector<int64_t> chosen, Chosen(*client, options));
  Table table({"LEAF_INDEX", "OUTCOME", "NEW_LEAF_INDEX", "REASON", "EVENT_ID"});
  size_t still_out = 0, done = 0;
  RETURN_IF_ERROR(ReadmitAll(*client, chosen, [&](const Readmission& readmission) {
    PrintReadmission(readmission, session, table);
    still_out += IsReadmitted(readmission.result.outcome()) ? 0 : 1;
    ++done;
    if (session.progress && done % kReadmitCountMax == 0) {
      session.err << "\r" << done << " of " << chosen.size() << std::flush;
    }
  }));
  if (session.progress && done >= kReadmitCountMax) {
    session.err << "\n";
  }
  if (still_out > 0) {
    return absl::FailedPreconditionError(absl::StrCat(
        still_out, " of ", chosen.size(),
        " could not be readmitted: the source's profile still says so\n  what to do: `affidavit quarantine "
        "show LEAF_INDEX`, mend the profile in the ledger's configuration, restart the ledger, try again"));
  }
  return absl::OkStatus();
}

void AddSelection(CLI::App& verb, QuarantineOptions& options) {
  verb.add_option("--kind", options.kind, "quarantined (default) or excluded")
      ->check(CLI::IsMember({"quarantined", "excluded"}));
  verb.add_option("--source", options.source, "Of this source");
  verb.add_option("--limit", options.limit, "At most so many (default: all)")->check(CLI::PositiveNumber);
}

}  // namespace

bool IsReadmitted(v1::AppendOutcome outcome) {
  return outcome == v1::APPEND_OUTCOME_ACCEPTED || outcome == v1::APPEND_OUTCOME_DUPLICATE ||
         outcome == v1::APPEND_OUTCOME_CONFLICT;
}

absl::Status ReadmitAll(LedgerClient& client, const std::vector<int64_t>& leaf_indexes,
                        const std::function<void(const Readmission&)>& each) {
  for (size_t begin = 0; begin < leaf_indexes.size(); begin += kReadmitCountMax) {
    const size_t end = std::min(begin + kReadmitCountMax, leaf_indexes.size());
    v1::ReadmitEntriesRequest request;
    for (size_t i = begin; i < end; ++i) {
      request.add_leaf_indexes(leaf_indexes[i]);
    }
    ASSIGN_OR_RETURN(const v1::ReadmitEntriesResponse response, client.ReadmitEntries(request));
    if (response.results_size() != request.leaf_indexes_size()) {
      return absl::InternalError("the ledger answered for another number of entries than was asked for");
    }
    for (int i = 0; i < response.results_size(); ++i) {
      each({.leaf_index = request.leaf_indexes(i), .result = response.results(i)});
    }
  }
  return absl::OkStatus();
}

void AddQuarantine(CLI::App& app, Session& session) {
  CLI::App* family = app.add_subcommand("quarantine", "Authentic events that could not be used, and their way back in");
  family->require_subcommand(1);
  const auto options = std::make_shared<QuarantineOptions>();

  CLI::App* list = AddLedgerVerb(*family, session, "list", "What is quarantined, and why",
                                 [&session, options] { return List(session, *options); });
  AddSelection(*list, *options);

  CLI::App* show = AddLedgerVerb(*family, session, "show", "One entry, with the beginning of its payload",
                                 [&session, options] { return Show(session, *options); });
  show->add_option("LEAF_INDEX", options->leaf_index)->required()->check(CLI::NonNegativeNumber);
  show->add_flag("--raw", options->raw, "Print the payload byte for byte, and nothing else");

  CLI::App* readmit =
      AddLedgerVerb(*family, session, "readmit", "Admit entries again under the source's present profile",
                    [&session, options] { return Readmit(session, *options); });
  readmit->add_option("LEAF_INDEX", options->leaf_indexes)->check(CLI::NonNegativeNumber);
  readmit->add_flag("--all", options->all, "Every entry of the kind");
  AddSelection(*readmit, *options);
}

}  // namespace affidavit::cli
