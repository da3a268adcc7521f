// siem: how far each sink is, and sending to one again from an entry on.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "CLI/App.hpp"
#include "absl/strings/str_cat.h"
#include "boost/json/object.hpp"
#include "boost/json/serialize.hpp"
#include "cli/database_url.h"
#include "cli/text.h"
#include "cli/verbs.h"
#include "core/base/status_macros.h"
#include "db/connection.h"
#include "db/migrator.h"
#include "db/siem_store.h"

namespace affidavit::cli {
namespace {

namespace json = boost::json;

struct SiemVerb {
  std::string url_file, sink;
  int64_t leaf_index = 0;
};

absl::StatusOr<std::unique_ptr<db::Connection>> OpenSiemDatabase(const Session& session, const SiemVerb& verb) {
  db::ConnectionOptions database;
  ASSIGN_OR_RETURN(database.url, FindDatabaseUrl(session, verb.url_file));
  ASSIGN_OR_RETURN(std::unique_ptr<db::Connection> connection, db::Connection::Open(database));
  RETURN_IF_ERROR(db::CheckSchemaVersion(*connection).status());
  return connection;
}

absl::Status ShowSinks(Session& session, const SiemVerb& verb) {
  ASSIGN_OR_RETURN(const std::unique_ptr<db::Connection> connection, OpenSiemDatabase(session, verb));
  std::vector<db::SiemSinkState> sinks;
  std::vector<int64_t> waiting;
  RETURN_IF_ERROR(connection->Transact([&](db::Transaction& transaction) {
    sinks = db::ReadSiemSinks(transaction);
    waiting.clear();
    for (const db::SiemSinkState& sink : sinks) {
      waiting.push_back(db::ReadSiemLag(transaction, sink.feed, sink.next_id).count);
    }
    return absl::OkStatus();
  }));
  if (sinks.empty() && session.Format() == OutputFormat::kTable) {
    session.out << "nothing has been shipped to any sink yet\n";
  }
  for (size_t i = 0; i < sinks.size(); ++i) {
    const db::SiemSinkState& sink = sinks[i];
    const std::string feed(db::SiemFeedName(sink.feed));
    if (session.Format() == OutputFormat::kJson) {
      session.out << json::serialize(json::object{{"sink", sink.sink},
                                                  {"feed", feed},
                                                  {"next_id", sink.next_id},
                                                  {"waiting_count", waiting[i]},
                                                  {"update_time", FormatRfc3339(sink.update_time)}})
                  << "\n";
    } else {
      session.out << sink.sink << " " << feed << ": next " << WithThousands(sink.next_id) << ", waiting "
                  << WithThousands(waiting[i]) << ", moved " << FormatRfc3339(sink.update_time) << "\n";
    }
  }
  return absl::OkStatus();
}

absl::Status Replay(Session& session, const SiemVerb& verb) {
  ASSIGN_OR_RETURN(const std::unique_ptr<db::Connection> connection, OpenSiemDatabase(session, verb));
  db::SiemReplay replay;
  RETURN_IF_ERROR(connection->Transact(
      [&](db::Transaction& transaction) { return db::ReplaySiem(transaction, verb.sink, verb.leaf_index, replay); }));
  if (session.Format() == OutputFormat::kJson) {
    session.out << json::serialize(json::object{{"sink", verb.sink},
                                                {"receipt_id_before", replay.receipt_id_before},
                                                {"receipt_id_after", replay.receipt_id_after},
                                                {"receipt_count", replay.receipt_count}})
                << "\n";
  } else if (replay.receipt_id_after == replay.receipt_id_before) {
    session.out << verb.sink << " has not come so far yet: nothing to set back\n";
  } else {
    session.out << verb.sink << " goes back from receipt " << WithThousands(replay.receipt_id_before) << " to "
                << WithThousands(replay.receipt_id_after) << ": " << WithThousands(replay.receipt_count)
                << " receipts will be sent\n";
  }
  return absl::OkStatus();
}

void AddSiemDatabase(CLI::App& verb, const std::shared_ptr<SiemVerb>& options) {
  verb.add_option("--database-url-file", options->url_file,
                  "File that holds the worker's or the owner's URL (else $AFFIDAVIT_DATABASE_URL, $DATABASE_URL, the "
                  "configuration)")
      ->type_name("FILE");
}

}  // namespace

void AddSiem(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("siem", "How far each SIEM sink is; send to one again");
  verb->require_subcommand(1);
  const auto options = std::make_shared<SiemVerb>();

  CLI::App* status = verb->add_subcommand("status", "Each sink's cursors, and what waits behind them");
  AddCommonOptions(*status, session);
  AddSiemDatabase(*status, options);
  SetAction(*status, session, [&session, options] { return ShowSinks(session, *options); });

  CLI::App* replay = verb->add_subcommand("replay", "Send a sink every receipt again from an entry on");
  AddCommonOptions(*replay, session);
  AddSiemDatabase(*replay, options);
  replay->add_option("--sink", options->sink, "The sink's name in the configuration")->required()->type_name("NAME");
  replay->add_option("--from", options->leaf_index, "The first entry")
      ->required()
      ->check(CLI::NonNegativeNumber)
      ->type_name("LEAF_INDEX");
  SetAction(*replay, session, [&session, options] { return Replay(session, *options); });
}

}  // namespace affidavit::cli
