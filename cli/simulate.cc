// simulate: plays the platform over real HTTPS, and checks every answer against what the contract promises.
#include <algorithm>
#include <atomic>
#include <csignal>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "CLI/App.hpp"
#include "absl/strings/str_format.h"
#include "boost/json/serialize.hpp"
#include "cli/files.h"
#include "cli/simulate/scenario.h"
#include "cli/simulate/sender.h"
#include "cli/simulate/settings.h"
#include "cli/text.h"
#include "cli/verbs.h"
#include "core/base/status_macros.h"

namespace affidavit::cli {
namespace {

std::atomic<bool> stop_requested{false};

// Ctrl-C and SIGTERM end the run early and still print what was answered.
class StopOnSignal {
 public:
  StopOnSignal() {
    stop_requested = false;
    struct sigaction action = {};
    action.sa_handler = [](int) { stop_requested = true; };
    sigaction(SIGINT, &action, &before_int_);
    sigaction(SIGTERM, &action, &before_term_);
  }
  ~StopOnSignal() {
    sigaction(SIGINT, &before_int_, nullptr);
    sigaction(SIGTERM, &before_term_, nullptr);
  }
  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;

 private:
  struct sigaction before_int_ = {}, before_term_ = {};
};

void ShowProgress(Session& session, const simulate::Progress& progress, int64_t post_count) {
  const int64_t percent = post_count > 0 ? progress.sent * 100 / post_count : 100;
  session.err << absl::StrFormat("\r%3d%%  %s of %s sent, %s retries, %s given up, %s mismatches  %.0f s ", percent,
                                 WithThousands(progress.sent), WithThousands(post_count),
                                 WithThousands(progress.retried), WithThousands(progress.gave_up),
                                 WithThousands(progress.mismatches), progress.elapsed.count())
              << std::flush;
}

void PrintSummary(Session& session, const simulate::Sender& sender, const simulate::ScenarioOptions& scenario) {
  if (session.Format() == OutputFormat::kTable) {
    session.out << sender.summary().ToTable(sender.elapsed());
    return;
  }
  boost::json::object out = sender.summary().ToJson(sender.elapsed());
  out["seed"] = scenario.seed;
  out["run_id"] = scenario.run_id;
  out["start_time"] = FormatRfc3339(scenario.start_time);
  session.out << boost::json::serialize(out) << "\n";
}

// Unreachable when nothing was ever answered; a finding when an answer was wrong, or one never came.
ExitCode Judge(const simulate::Summary& summary) {
  const int64_t gave_up = summary.count(simulate::Answer::kGaveUp);
  if (gave_up > 0 && gave_up == summary.sent()) {
    return ExitCode::kUnreachable;
  }
  return summary.mismatches() > 0 || gave_up > 0 ? ExitCode::kFinding : ExitCode::kGood;
}

absl::StatusOr<ExitCode> Simulate(Session& session, const simulate::Settings& settings) {
  ASSIGN_OR_RETURN(const simulate::ScenarioOptions options,
                   simulate::MakeScenarioOptions(settings, SystemClock().WallNow()));
  ASSIGN_OR_RETURN(simulate::SenderOptions sending, simulate::MakeSenderOptions(settings));
  ASSIGN_OR_RETURN(const std::string secret, ReadFile(settings.secret_file));
  ASSIGN_OR_RETURN(sending.secret.bytes, DecodeSecret(sending.secret.scheme, secret));
  if (!settings.ca_file.empty()) {  // else libcurl would only say so once it connects
    RETURN_IF_ERROR(ReadFile(settings.ca_file).status());
  }
  std::unique_ptr<simulate::Journal> journal;
  if (!settings.journal_file.empty()) {
    ASSIGN_OR_RETURN(journal, simulate::Journal::Open(settings.journal_file));
  }
  session.err << absl::StrFormat("simulate: %s posts, --seed %d --run-id %s --start-time %s\n",
                                 WithThousands(options.post_count), options.seed, options.run_id,
                                 FormatRfc3339(options.start_time));
  const StopOnSignal stop;
  simulate::Scenario scenario(options);
  simulate::Sender sender(std::move(sending), scenario, journal.get(), stop_requested);
  const absl::Status run = sender.Run([&](const simulate::Progress& progress) {
    if (session.progress) {
      ShowProgress(session, progress, options.post_count);
    }
  });
  session.err << (session.progress ? "\n" : "");
  RETURN_IF_ERROR(run);
  PrintSummary(session, sender, options);
  return Judge(sender.summary());
}

void AddStory(CLI::App& verb, simulate::Settings& settings) {
  const auto share = [&verb](const char* name, double& value, const char* description) {
    verb.add_option(name, value, description)
        ->type_name("SHARE")
        ->check(CLI::Range(0.0, 1.0))
        ->capture_default_str()
        ->group("Story");
  };
  simulate::Shares& shares = settings.shares;
  share("--repeats", shares.repeats, "Posts that repeat earlier bytes");
  share("--noise", shares.noise, "Posts out of scope: inbound, or a foreign channel");
  share("--conflicts", shares.conflicts, "Posts that reuse an id with other bytes");
  share("--broken", shares.broken, "Posts that are signed but unusable");
  share("--forged", shares.forged, "Posts with a bad signature");
  share("--failures", shares.failures, "Messages that fail");
  share("--silent", shares.silent, "Messages never heard of again");
  share("--drift", shares.drift, "Messages whose carrier's clock is off");
  share("--out-of-order", shares.out_of_order, "Messages of which two events arrive in the wrong order");
  share("--unconsented", shares.unconsented, "Read events without the recipient's consent to be told on");
  share("--shape-drift", shares.shape_drift, "Events of version 1.0 with a member that it has not");
  verb.add_flag("--schema-change", settings.schema_change,
                "Events of version 1.1 from half of the run on: a member more, one less, one of another type")
      ->group("Story");
  verb.add_option("--seed", settings.seed, "Same seed, run id and start time: same bytes")
      ->capture_default_str()
      ->group("Story");
  verb.add_option("--run-id", settings.run_id, "Other run ids give other event ids (default: the time)")
      ->group("Story");
  verb.add_option("--start-time", settings.start_time, "Where the timestamps begin (default: now)")
      ->type_name("TIME")
      ->group("Story");
  verb.add_option("--start-id", settings.first_number, "Number the ids from here")
      ->check(CLI::NonNegativeNumber)
      ->group("Story");
  verb.add_option("--size", settings.body_size_bytes, "Bytes of a body, about")
      ->check(CLI::Range(0, 16 << 20))
      ->capture_default_str()
      ->group("Story");
}

}  // namespace

void AddSimulate(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("simulate", "Play the platform: sign, post, retry, and check every answer");
  AddCommonOptions(*verb, session);
  const auto settings = std::make_shared<simulate::Settings>();
  verb->add_option("--url", settings->url, "The adapter, such as https://127.0.0.1:8443 (route: /genesys/telemetry)")
      ->required();
  verb->add_option("--ca", settings->ca_file, "Certificates to trust instead of the system's")->type_name("FILE");
  verb->add_option("--secret-file", settings->secret_file, "The secret to sign with")->type_name("FILE")->required();
  verb->add_option("--scheme", settings->scheme, "hmac-sha256-hex, sha256-base64, sha256-hex or standard-webhooks")
      ->capture_default_str();
  verb->add_option("--signature-header,--key-header", settings->signature_header,
                   "Header of the signature (default: the scheme's)");
  verb->add_option("--rate", settings->rate, "Posts a second, such as 200/s; max: as fast as it goes")
      ->type_name("N/s")
      ->capture_default_str();
  CLI::Option* seconds =
      verb->add_option("--seconds", settings->seconds, "How long to post (default 10)")->check(CLI::PositiveNumber);
  verb->add_option("--events", settings->events, "How many posts")->check(CLI::PositiveNumber)->excludes(seconds);
  verb->add_option("--connections", settings->connections)->check(CLI::Range(1, 1024))->capture_default_str();
  verb->add_option("--retries", settings->retries, "After 429, 5xx or no answer")
      ->check(CLI::Range(0, 100))
      ->capture_default_str();
  verb->add_option("--retry-delay", settings->retry_delay_seconds, "Before the first retry; doubles, to 30")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.0, 30.0))
      ->capture_default_str();
  verb->add_option("--timeout", settings->timeout_seconds, "Longest wait for one answer")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.001, 3600.0))
      ->capture_default_str();
  verb->add_option("--journal", settings->journal_file, "Append what was posted and answered, one JSON document a line")
      ->type_name("FILE");
  AddStory(*verb, *settings);
  verb->callback([&session, settings] {
    session.action = [&session, settings] {
      const absl::StatusOr<ExitCode> code = Simulate(session, *settings);
      return code.ok() ? *code : Fail(session, code.status());
    };
  });
}

}  // namespace affidavit::cli
