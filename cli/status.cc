// status: what the ledger holds and who feeds it.
#include <map>
#include <utility>

#include "CLI/App.hpp"
#include "absl/strings/str_cat.h"
#include "boost/json/array.hpp"
#include "boost/json/serialize.hpp"
#include "cli/ledger_client.h"
#include "cli/render.h"
#include "cli/status_facts.h"
#include "cli/text.h"
#include "cli/verbs.h"

namespace affidavit::cli {
namespace {

namespace json = boost::json;

json::object LogJson(const v1::LogStatus& log) {
  json::object out{{"origin", log.origin()},
                   {"checkpoint_tree_size", log.checkpoint_tree_size()},
                   {"rolled_back", log.rolled_back()}};
  if (log.has_checkpoint_time()) {
    out["checkpoint_time"] = TimeText(log.checkpoint_time());
  }
  if (!log.refusing_appends().empty()) {
    out["refusing_appends"] = log.refusing_appends();
  }
  return out;
}

void PrintLog(const v1::LogStatus& log, std::ostream& out) {
  if (log.checkpoint_tree_size() == 0) {
    out << "no checkpoint yet\n";
  } else {
    out << "checkpoint over " << WithThousands(log.checkpoint_tree_size()) << " entries   signed "
        << TimeText(log.checkpoint_time()) << "   " << Printable(log.origin()) << "\n";
  }
  if (!log.refusing_appends().empty()) {
    out << "REFUSING APPENDS: " << Printable(log.refusing_appends())
        << (log.rolled_back() ? "\n  what to do: affidavit recover" : "") << "\n";
  }
}

json::object FsckJson(const v1::FsckPass& pass) {
  return {{"start_time", TimeText(pass.start_time())},
          {"end_time", TimeText(pass.end_time())},
          {"tree_size", pass.tree_size()},
          {"finding_count", pass.finding_count()}};
}

json::object MirrorJson(const v1::MirrorStatus& mirror) {
  json::object out{{"next_leaf_index", mirror.next_leaf_index()},
                   {"lag_entries", mirror.lag_entries()},
                   {"lag_seconds", mirror.lag_seconds()},
                   {"finding_count", mirror.finding_count()}};
  if (mirror.has_last_receipt_time()) {
    out["last_receipt_time"] = TimeText(mirror.last_receipt_time());
  }
  return out;
}

void PrintMirror(const v1::MirrorStatus& mirror, std::ostream& out) {
  out << "mirrored below " << WithThousands(mirror.next_leaf_index()) << "   "
      << (mirror.lag_entries() == 0 ? "nothing waits"
                                    : absl::StrCat(WithThousands(mirror.lag_entries()), " wait, the oldest for ",
                                                   WithThousands(mirror.lag_seconds()), " s"));
  if (mirror.has_last_receipt_time()) {
    out << "   last receipt " << TimeText(mirror.last_receipt_time());
  }
  out << "   findings " << WithThousands(mirror.finding_count()) << "\n";
}

json::object StatusJson(const v1::GetStatusResponse& status) {
  json::array counts, sources, adapters;
  for (const v1::KindCount& count : status.counts()) {
    counts.push_back(
        {{"kind", KindName(count.kind())}, {"source", count.source()}, {"entry_count", count.entry_count()}});
  }
  for (const v1::SourceStatus& source : status.sources()) {
    json::object& out = sources.emplace_back(json::object{{"source", source.source()}}).as_object();
    if (source.has_last_receive_time()) {
      out["last_receive_time"] = TimeText(source.last_receive_time());
    }
  }
  for (const v1::AdapterStatus& adapter : status.adapters()) {
    json::object& out = adapters.emplace_back(json::object{{"adapter_id", adapter.adapter_id()}}).as_object();
    out["last_seen_time"] = TimeText(adapter.last_seen_time());
    if (adapter.has_oldest_spooled_receive_time()) {
      out["oldest_spooled_receive_time"] = TimeText(adapter.oldest_spooled_receive_time());
    }
  }
  json::object out{{"tree_size", status.tree_size()},
                   {"counts", std::move(counts)},
                   {"sources", std::move(sources)},
                   {"adapters", std::move(adapters)},
                   {"ledger_version", status.ledger_version()},
                   {"schema_version", status.schema_version()},
                   {"database_time", TimeText(status.database_time())}};
  if (status.has_log()) {
    out["log"] = LogJson(status.log());
  }
  if (status.has_last_fsck()) {
    out["last_fsck"] = FsckJson(status.last_fsck());
  }
  if (status.has_mirror()) {
    out["mirror"] = MirrorJson(status.mirror());
  }
  if (status.has_facts()) {
    out["facts"] = FactsJson(status.facts());
  }
  return out;
}

void PrintStatus(const v1::GetStatusResponse& status, std::ostream& out) {
  out << "tree size " << WithThousands(status.tree_size()) << "   ledger " << Printable(status.ledger_version())
      << "   schema " << status.schema_version() << "   database time " << TimeText(status.database_time()) << "\n";
  if (status.has_log()) {
    PrintLog(status.log(), out);
  }
  if (status.has_last_fsck()) {
    const v1::FsckPass& pass = status.last_fsck();
    out << "last fsck over " << WithThousands(pass.tree_size()) << " entries   ended " << TimeText(pass.end_time())
        << "   findings " << WithThousands(pass.finding_count()) << "\n";
  }
  if (status.has_mirror()) {
    PrintMirror(status.mirror(), out);
  }
  if (status.has_facts()) {
    PrintFacts(status.facts(), out);
  }
  if (status.counts_size() > 0) {
    Table counts({"SOURCE", "KIND", "ENTRIES"});
    for (const v1::KindCount& count : status.counts()) {
      counts.AddRow({count.source(), KindName(count.kind()), WithThousands(count.entry_count())});
    }
    out << "\n";
    counts.Print(out);
  }
  if (status.sources_size() > 0) {
    Table sources({"SOURCE", "LAST RECEIVED"});
    for (const v1::SourceStatus& source : status.sources()) {
      sources.AddRow(
          {source.source(), source.has_last_receive_time() ? TimeText(source.last_receive_time()) : "never"});
    }
    out << "\n";
    sources.Print(out);
  }
  if (status.adapters_size() > 0) {
    Table adapters({"ADAPTER", "LAST SEEN", "OLDEST SPOOLED"});
    for (const v1::AdapterStatus& adapter : status.adapters()) {
      adapters.AddRow(
          {adapter.adapter_id(), TimeText(adapter.last_seen_time()),
           adapter.has_oldest_spooled_receive_time() ? TimeText(adapter.oldest_spooled_receive_time()) : "nothing"});
    }
    out << "\n";
    adapters.Print(out);
  }
}

ExitCode ShowStatus(Session& session) {
  auto client = LedgerClient::Open(session);
  if (!client.ok()) {
    return Fail(session, client.status());
  }
  const auto status = (*client)->GetStatus();
  if (!status.ok()) {
    return Fail(session, status.status());
  }
  if (session.Format() == OutputFormat::kJson) {
    session.out << json::serialize(StatusJson(*status)) << "\n";
  } else {
    PrintStatus(*status, session.out);
  }
  return ExitCode::kGood;
}

}  // namespace

void AddStatus(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("status", "What the ledger holds, source by source, and which adapters feed it");
  AddCommonOptions(*verb, session);
  AddLedgerOptions(*verb, session);
  verb->callback([&session] { session.action = [&session] { return ShowStatus(session); }; });
}

}  // namespace affidavit::cli
