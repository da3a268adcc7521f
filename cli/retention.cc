// retention: which policies keep what for how long, and setting one, which nobody can take back.
#include <memory>
#include <ostream>
#include <string>

#include "CLI/App.hpp"
#include "absl/strings/str_cat.h"
#include "boost/json/serialize.hpp"
#include "cli/governance_render.h"
#include "cli/ledger_client.h"
#include "cli/render.h"
#include "cli/verbs.h"
#include "core/base/status_macros.h"
#include "core/retention/policy.h"

namespace affidavit::cli {
namespace {

struct RetentionOptions {
  std::string source, channel, event_type, regime, actor;
  int years = 0;
  bool yes = false;
};

absl::Status ListRetention(Session& session, const RetentionOptions& /*options*/) {
  ASSIGN_OR_RETURN(const auto client, LedgerClient::Open(session));
  Table table = PolicyTable();
  v1::ListRetentionPoliciesRequest request;
  v1::ListRetentionPoliciesResponse response;
  do {
    request.set_page_token(response.next_page_token());
    ASSIGN_OR_RETURN(response, client->ListRetentionPolicies(request));
    for (const v1::RetentionPolicy& policy : response.policies()) {
      if (session.Format() == OutputFormat::kJson) {
        session.out << boost::json::serialize(PolicyJson(policy)) << "\n";
      } else {
        AddPolicyRow(policy, table);
      }
    }
  } while (!response.next_page_token().empty());
  if (session.Format() == OutputFormat::kTable) {
    table.Print(session.out);
    session.out << "\nwithout a policy   " << response.default_years() << " years (ledger.retention_years)\n"
                << "at most            " << response.max_years() << " years (retention.max_years)\n";
  }
  return absl::OkStatus();
}

// What will follow, in the words of someone who can still say no.
void SayWhatFollows(const v1::SetRetentionPolicyResponse& preview, std::ostream& out) {
  const v1::RetentionPolicy& policy = preview.policy();
  const auto or_any = [](const std::string& text) { return text.empty() ? "any" : Printable(text); };
  out << "regime " << policy.regime() << ": " << policy.years() << " years from receipt, source "
      << or_any(policy.source()) << ", channel " << or_any(policy.channel()) << ", type " << or_any(policy.event_type())
      << "\n";
  const bool counted = preview.counted_leaf_index() >= preview.tree_size();
  out << (counted ? "" : "at least ") << WithThousands(preview.entry_count())
      << " entries in the log were promised less, and are kept for so long too";
  if (!counted) {
    out << " (counted " << WithThousands(preview.counted_leaf_index()) << " of " << WithThousands(preview.tree_size())
        << ")";
  }
  out << "\nwhat is received today is kept until " << TimeText(preview.retain_until_time()) << "\n";
  if (policy.years() < preview.default_years()) {
    out << "the ledger's default of " << preview.default_years()
        << " years is longer and stays: this changes nothing while it does\n";
  }
}

bool IsConfirmed(std::ostream& out) {
  out << "Locks in the object store are for ever: nobody can shorten them, not even its owner.\n";
  return IsAnsweredYes("Type yes to set it", out);
}

absl::StatusOr<int> YearsOf(const RetentionOptions& options) {
  if (options.years > 0) {
    return options.years;
  }
  if (const RegimePreset* preset = FindRegimePreset(options.regime)) {
    return preset->years;
  }
  std::string known;
  for (const RegimePreset& preset : RegimePresets()) {
    absl::StrAppend(&known, known.empty() ? "" : ", ", std::string(preset.regime), " (", preset.years, ")");
  }
  return absl::InvalidArgumentError(
      absl::StrCat("say how long: --years N; only these regimes have years of their own: ", known));
}

absl::Status SetPolicy(Session& session, const RetentionOptions& options) {
  v1::SetRetentionPolicyRequest request;
  v1::RetentionPolicy& policy = *request.mutable_policy();
  policy.set_source(options.source);
  policy.set_channel(options.channel);
  policy.set_event_type(options.event_type);
  policy.set_regime(options.regime);
  ASSIGN_OR_RETURN(const int years, YearsOf(options));
  policy.set_years(years);
  request.set_actor(options.actor);
  request.set_validate_only(true);
  ASSIGN_OR_RETURN(const auto client, LedgerClient::Open(session));
  ASSIGN_OR_RETURN(const v1::SetRetentionPolicyResponse preview, client->SetRetentionPolicy(request));
  std::ostream& talk = session.Format() == OutputFormat::kJson ? session.err : session.out;
  SayWhatFollows(preview, talk);
  if (!options.yes && !IsConfirmed(talk)) {
    return absl::CancelledError("nothing was set: `yes` was not the answer\n  what to do: answer it, or say --yes");
  }
  request.set_validate_only(false);
  ASSIGN_OR_RETURN(const v1::SetRetentionPolicyResponse response, client->SetRetentionPolicy(request));
  if (session.Format() == OutputFormat::kJson) {
    session.out << boost::json::serialize(PolicyJson(response.policy())) << "\n";
  } else {
    session.out << "set by entry " << response.policy().leaf_index()
                << ". New entries promise it from now on; a worker lengthens the locks of those already copied: "
                   "`affidavit retention list` shows how far.\n";
  }
  return absl::OkStatus();
}

}  // namespace

void AddRetention(CLI::App& app, Session& session) {
  CLI::App* family = app.add_subcommand("retention", "How long what is kept: only ever lengthened");
  family->require_subcommand(1);
  const auto options = std::make_shared<RetentionOptions>();
  AddLedgerVerb(*family, session, "list", "Every policy, and how far its locks are",
                [&session, options] { return ListRetention(session, *options); });

  CLI::App* set = AddLedgerVerb(*family, session, "set", "Keep what matches for longer; says what follows, and asks",
                                [&session, options] { return SetPolicy(session, *options); });
  set->add_option("--regime", options->regime, "The rule that it serves: finra-4511, or a name of your own")
      ->required();
  set->add_option("--years", options->years, "Calendar years from receipt (default: the regime's, if it is built in)")
      ->check(CLI::PositiveNumber);
  set->add_option("--actor", options->actor, "Who decides; kept in the log for ever")->required();
  set->add_option("--source", options->source, "Only entries of this source");
  set->add_option("--channel", options->channel, "Only of this channel: SMS, EMAIL, …");
  set->add_option("--type", options->event_type, "Only of this event type: message:send, …");
  set->add_flag("--yes", options->yes, "Do not ask");
  AddDispose(*family, session);
}

}  // namespace affidavit::cli
