// adapter: which adapters have called the ledger, and that one of them will not come back.
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>

#include "CLI/App.hpp"
#include "absl/strings/str_cat.h"
#include "boost/json/serialize.hpp"
#include "cli/ledger_client.h"
#include "cli/render.h"
#include "cli/text.h"
#include "cli/verbs.h"
#include "core/base/status_macros.h"
#include "core/envelope/adapter_retirement.h"

namespace affidavit::cli {
namespace {

struct AdapterOptions {
  std::string adapter_id, actor;
  bool yes = false;
};

struct Retirement {
  google::protobuf::Timestamp time;
  std::string actor;
  int64_t leaf_index = 0;
};

bool IsBefore(const google::protobuf::Timestamp& a, const google::protobuf::Timestamp& b) {
  return std::pair(a.seconds(), a.nanos()) < std::pair(b.seconds(), b.nanos());
}

// The last of each adapter, from the log itself.
absl::StatusOr<std::map<std::string, Retirement>> ReadRetirements(LedgerClient& client) {
  v1::ListEntriesRequest request;
  request.mutable_filter()->add_kinds(v1::ENTRY_KIND_GOVERNANCE);
  request.mutable_filter()->set_event_type(std::string(kAdapterRetireType));
  request.set_view(v1::ENTRY_VIEW_FULL);
  std::map<std::string, Retirement> retirements;
  RETURN_IF_ERROR(client.ListEntries(std::move(request), 0, [&](const v1::ListEntriesResponse& page) {
    for (const v1::Entry& entry : page.entries()) {
      if (const absl::StatusOr<RetireAdapter> act = DecodeRetirement(entry.payload()); act.ok()) {
        retirements[act->adapter_id] = {entry.integrate_time(), act->actor, entry.leaf_index()};
      }
    }
    return absl::OkStatus();
  }));
  return retirements;
}

// Nothing: never retired, or seen since.
std::optional<Retirement> RetirementOf(const v1::AdapterStatus& adapter,
                                       const std::map<std::string, Retirement>& retirements) {
  const auto found = retirements.find(adapter.adapter_id());
  const bool stands = found != retirements.end() && !IsBefore(found->second.time, adapter.last_seen_time());
  return stands ? std::optional(found->second) : std::nullopt;
}

boost::json::object AdapterJson(const v1::AdapterStatus& adapter, const std::optional<Retirement>& retirement) {
  boost::json::object out{{"adapter_id", adapter.adapter_id()}, {"last_seen_time", TimeText(adapter.last_seen_time())}};
  if (adapter.has_oldest_spooled_receive_time()) {
    out["oldest_spooled_receive_time"] = TimeText(adapter.oldest_spooled_receive_time());
  }
  if (retirement) {
    out["retire_time"] = TimeText(retirement->time);
    out["retire_actor"] = retirement->actor;
    out["retire_leaf_index"] = retirement->leaf_index;
  }
  return out;
}

absl::Status ListAdapters(Session& session) {
  ASSIGN_OR_RETURN(const auto client, LedgerClient::Open(session));
  ASSIGN_OR_RETURN(const v1::GetStatusResponse status, client->GetStatus());
  ASSIGN_OR_RETURN(const auto retirements, ReadRetirements(*client));
  Table table({"ADAPTER_ID", "LAST_SEEN", "OLDEST_SPOOLED", "RETIRED", "BY"});
  for (const v1::AdapterStatus& adapter : status.adapters()) {
    const std::optional<Retirement> retirement = RetirementOf(adapter, retirements);
    if (session.Format() == OutputFormat::kJson) {
      session.out << boost::json::serialize(AdapterJson(adapter, retirement)) << "\n";
      continue;
    }
    table.AddRow({adapter.adapter_id(), TimeText(adapter.last_seen_time()),
                  adapter.has_oldest_spooled_receive_time() ? TimeText(adapter.oldest_spooled_receive_time()) : "",
                  retirement ? TimeText(retirement->time) : "", retirement ? retirement->actor : ""});
  }
  if (session.Format() == OutputFormat::kTable) {
    table.Print(session.out);
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::AdapterStatus> FindAdapter(const v1::GetStatusResponse& status, const std::string& adapter_id) {
  for (const v1::AdapterStatus& adapter : status.adapters()) {
    if (adapter.adapter_id() == adapter_id) {
      return adapter;
    }
  }
  return absl::NotFoundError(
      "no adapter with this id has ever called the ledger\n  what to do: `affidavit adapter list` shows those that "
      "have");
}

bool IsRetirementConfirmed(const v1::AdapterStatus& adapter, const std::string& now, std::ostream& out) {
  out << Printable(adapter.adapter_id()) << " was last seen at " << TimeText(adapter.last_seen_time()) << ", now it is "
      << now << "\n";
  if (adapter.has_oldest_spooled_receive_time()) {
    out << "ITS SPOOL HELD EVENTS since " << TimeText(adapter.oldest_spooled_receive_time())
        << ": save its folder and start the adapter on it once more, or they are lost\n";
  }
  out << "Sends are marked as silent failures without waiting for what it may hold. Should it call again, it is in "
         "service again.\n";
  return IsAnsweredYes("Type yes to retire it", out);
}

absl::Status Retire(Session& session, const AdapterOptions& options) {
  const RetireAdapter act{.adapter_id = options.adapter_id, .actor = options.actor};
  for (const ActFault& fault : FindRetirementFaults(act)) {
    return absl::InvalidArgumentError(absl::StrCat(fault.field, " ", fault.description));
  }
  ASSIGN_OR_RETURN(const auto client, LedgerClient::Open(session));
  ASSIGN_OR_RETURN(const v1::GetStatusResponse status, client->GetStatus());
  ASSIGN_OR_RETURN(const v1::AdapterStatus adapter, FindAdapter(status, options.adapter_id));
  const std::string now = TimeText(status.database_time());
  const std::optional<TimePoint> time = ParseRfc3339(now);
  if (!time) {
    return absl::InternalError("the ledger does not say what time it is");
  }
  std::ostream& talk = session.Format() == OutputFormat::kJson ? session.err : session.out;
  if (!options.yes && !IsRetirementConfirmed(adapter, now, talk)) {
    return absl::CancelledError("nothing was retired: `yes` was not the answer\n  what to do: answer it, or say --yes");
  }
  ASSIGN_OR_RETURN(const int64_t leaf_index, client->AppendAct(EncodeRetirement(act, *time)));
  if (session.Format() == OutputFormat::kJson) {
    session.out << boost::json::serialize(
                       boost::json::object{{"adapter_id", options.adapter_id}, {"leaf_index", leaf_index}})
                << "\n";
  } else {
    session.out << "retired by entry " << leaf_index << ": its silence holds nothing up any more\n";
  }
  return absl::OkStatus();
}

}  // namespace

void AddAdapter(CLI::App& app, Session& session) {
  CLI::App* family = app.add_subcommand("adapter", "The adapters that feed the ledger, and the end of one's service");
  family->require_subcommand(1);
  const auto options = std::make_shared<AdapterOptions>();

  AddLedgerVerb(*family, session, "list", "Every adapter that ever called, and when last",
                [&session] { return ListAdapters(session); });

  CLI::App* retire = AddLedgerVerb(*family, session, "retire", "Say that an adapter will not come back",
                                   [&session, options] { return Retire(session, *options); });
  retire->add_option("ADAPTER_ID", options->adapter_id)->required();
  retire->add_option("--actor", options->actor, "Who says so; kept in the log for ever")->required();
  retire->add_flag("--yes", options->yes, "Do not ask");
}

}  // namespace affidavit::cli
