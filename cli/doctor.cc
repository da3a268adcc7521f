// doctor: tries to break what protects evidence, and says of each part that it is good, or what to do.
#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "CLI/App.hpp"
#include "cli/database_url.h"
#include "cli/doctor/certificate_exam.h"
#include "cli/doctor/database_exam.h"
#include "cli/doctor/keys_exam.h"
#include "cli/doctor/machine_exam.h"
#include "cli/doctor/open_stores.h"
#include "cli/doctor/services_exam.h"
#include "cli/doctor/store_exam.h"
#include "cli/verbs.h"
#include "core/base/status_macros.h"

namespace affidavit::cli {
namespace {

using doctor::Diagnoses;

struct DoctorOptions {
  std::vector<std::string> sections;
  std::string admin_profile, url_file;
};

// One visit: every section on its own, whatever became of the others.
class DoctorVisit {
 public:
  DoctorVisit(Session& session, const DoctorOptions& options, config::Config config)
      : session_(session),
        options_(options),
        config_(std::move(config)),
        timeout_(static_cast<int64_t>(session.options.timeout_seconds * 1e3)) {}

  absl::StatusOr<ExitCode> Run();

 private:
  absl::Status FindDatabase();
  void Visit(const std::string& section, void (DoctorVisit::*examine)());
  void VisitStore();
  void VisitDatabase();
  void VisitKeys();
  void VisitSecrets();
  void VisitCertificates();
  void VisitMachine();
  void VisitServices();

  Session& session_;
  const DoctorOptions& options_;
  config::Config config_;
  const std::chrono::milliseconds timeout_;
  std::optional<db::ConnectionOptions> database_;
  std::string data_directory_;
  Diagnoses diagnoses_;
  size_t printed_count_ = 0;
};

absl::Status DoctorVisit::FindDatabase() {
  const absl::StatusOr<std::string> url = FindDatabaseUrl(session_, options_.url_file);
  if (url.ok()) {
    // Not refused where Postgres is set up to lose data: to say so is what this is for.
    database_ = db::ConnectionOptions{.url = *url, .demand_durability = false};
  }
  return options_.url_file.empty() ? absl::OkStatus() : url.status();
}

void DoctorVisit::Visit(const std::string& section, void (DoctorVisit::*examine)()) {
  const std::vector<std::string>& wanted = options_.sections;
  if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), section) == wanted.end()) {
    return;
  }
  (this->*examine)();
  if (session_.Format() == OutputFormat::kTable) {
    for (; printed_count_ < diagnoses_.lines().size(); ++printed_count_) {
      doctor::PrintDiagnosis(diagnoses_.lines()[printed_count_], session_.out);
    }
    session_.out.flush();
  }
}

void DoctorVisit::VisitStore() {
  if (config_.object_store.kind == "none") {
    if (database_ && doctor::FindOthersWork(*database_).is_mirrored) {
      diagnoses_.Note("store.reach", "no object store is configured here; a worker elsewhere copies the entries",
                      "run this with the worker's configuration, too");
    } else if (database_) {
      diagnoses_.Finding("store.reach", "no object store is configured: there is no copy that nobody can delete",
                         "set the [object_store] section, and run affidavit-worker");
    } else {
      diagnoses_.Note("store.reach", "no object store is configured");
    }
    return;
  }
  config::ObjectStoreConfig store = config_.object_store;
  store.timeout_seconds =
      std::min(store.timeout_seconds, static_cast<int>(std::ceil(session_.options.timeout_seconds)));
  const absl::StatusOr<doctor::OpenedStores> opened =
      doctor::OpenStores(store, options_.admin_profile, session_.environment);
  if (!opened.ok()) {
    diagnoses_.Failed("store.reach", "the object store cannot be opened", opened.status(),
                      "correct the [object_store] section");
    return;
  }
  doctor::StoreUnderTest stores = opened->UnderTest();
  stores.mirror_is_write_only = !config_.mirror.verify_existing && !stores.is_directory;
  doctor::ExamineStore(stores, SystemClock(), diagnoses_);
}

void DoctorVisit::VisitDatabase() {
  if (!database_) {
    diagnoses_.Note("database.reach", "no database is configured");
    return;
  }
  data_directory_ = doctor::ExamineDatabase(*database_, SystemClock(), diagnoses_);
}

void DoctorVisit::VisitKeys() {
  if (!database_ && config_.signing.key_files.empty()) {
    diagnoses_.Note("keys.signing_key", "no signing key is configured");
    return;
  }
  if (config_.signing.key_files.empty() && doctor::FindOthersWork(*database_).is_signed) {
    diagnoses_.Note("keys.signing_key", "no signing key is configured here; a ledger elsewhere signs the log",
                    "run this with the ledger's configuration, too");
    return;
  }
  doctor::ExamineSigningKeys(config_.signing, database_, diagnoses_);
}

void DoctorVisit::VisitSecrets() {
  if (config_.sources.empty()) {
    diagnoses_.Note("secrets.needed", "no source is configured");
    return;
  }
  const auto config = FindConfig(session_, config::LoadSecrets::kYes);
  if (!config.ok()) {
    diagnoses_.Finding("secrets.readable", std::string(config.status().message()),
                       "bring them back; where there is no adapter on this machine leave them out: --only");
    return;
  }
  diagnoses_.Good("secrets.readable", "every secret of every source can be read");
  doctor::JudgeActiveSecrets((*config)->sources, SystemClock().WallNow(), diagnoses_);
  if (database_) {
    doctor::ExamineSecrets((*config)->sources, *database_, diagnoses_);
  } else {
    diagnoses_.Note("secrets.needed", "without a database: which secrets old entries still need was not checked");
  }
}

void DoctorVisit::VisitCertificates() {
  const TimePoint now = SystemClock().WallNow();
  doctor::ExamineCertificateFiles(config_, now, diagnoses_);
  if (config_.object_store.kind == "s3") {
    doctor::ExamineStoreCertificate(config_.object_store, timeout_, now, diagnoses_);
  }
}

void DoctorVisit::VisitMachine() {
  doctor::ExamineClock(diagnoses_);
  if (!config_.signing.key_files.empty()) {
    doctor::ExamineDisk("machine.guard_disk", "the guard file", config_.signing.guard_file, diagnoses_);
  }
  if (config_.object_store.kind == "directory") {
    doctor::ExamineDisk("machine.store_disk", "the object store", config_.object_store.directory, diagnoses_);
  }
  if (!data_directory_.empty()) {
    doctor::ExamineDisk("machine.postgres_disk", "Postgres", data_directory_, diagnoses_);
  } else if (database_) {
    diagnoses_.Note("machine.postgres_disk", "where Postgres keeps its files is not visible to this role from here",
                    "watch that disk on its machine, or run this with --database-url-file of a role in "
                    "pg_read_all_settings");
  }
}

void DoctorVisit::VisitServices() {
  const bool has_worker = config_.object_store.kind != "none" || !config_.siem.empty();
  if (database_) {
    // A worker's configuration says nothing about the ledger's private port.
    if (!has_worker || !config_.signing.key_files.empty()) {
      doctor::ExamineReadiness("ledger", config_.ledger.metrics_listen, timeout_, diagnoses_);
    }
    doctor::ExamineLedger(session_, diagnoses_);
  }
  if (!config_.sources.empty()) {
    doctor::ExamineReadiness("adapter", config_.adapter.metrics_listen, timeout_, diagnoses_);
  }
  if (database_ && has_worker) {
    doctor::ExamineReadiness("worker", config_.worker.metrics_listen, timeout_, diagnoses_);
  }
}

absl::StatusOr<ExitCode> DoctorVisit::Run() {
  RETURN_IF_ERROR(FindDatabase());
  Visit("store", &DoctorVisit::VisitStore);
  Visit("database", &DoctorVisit::VisitDatabase);
  Visit("keys", &DoctorVisit::VisitKeys);
  Visit("secrets", &DoctorVisit::VisitSecrets);
  Visit("certificates", &DoctorVisit::VisitCertificates);
  Visit("machine", &DoctorVisit::VisitMachine);
  Visit("services", &DoctorVisit::VisitServices);
  if (session_.Format() == OutputFormat::kJson) {
    doctor::PrintJson(diagnoses_, session_.out);
  } else {
    doctor::PrintSummary(diagnoses_, session_.out);
  }
  return diagnoses_.Code();
}

absl::StatusOr<ExitCode> Doctor(Session& session, const DoctorOptions& options) {
  ASSIGN_OR_RETURN(std::optional<config::Config> config, FindConfig(session));
  if (!config) {
    return absl::InvalidArgumentError("no configuration was found\n  what to do: --config FILE");
  }
  return DoctorVisit(session, options, *std::move(config)).Run();
}

}  // namespace

void AddDoctor(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand(
      "doctor",
      "Attack the object store, look through everything that protects evidence; each line: good, or what to do");
  AddCommonOptions(*verb, session);
  AddLedgerOptions(*verb, session);
  const auto options = std::make_shared<DoctorOptions>();
  verb->add_option("--only", options->sections,
                   "store, database, keys, secrets, certificates, machine, services; several with commas")
      ->delimiter(',')
      ->check(CLI::IsMember({"store", "database", "keys", "secrets", "certificates", "machine", "services"}))
      ->type_name("SECTION");
  verb->add_option("--admin-profile", options->admin_profile,
                   "Attack the store as this profile of the shared credentials file: somebody who may delete, so that "
                   "it is the lock that has to refuse")
      ->type_name("NAME");
  verb->add_option("--database-url-file", options->url_file,
                   "File that holds the ledger role's URL (else $AFFIDAVIT_DATABASE_URL, $DATABASE_URL, the "
                   "configuration)")
      ->type_name("FILE");
  verb->callback([&session, options] {
    session.action = [&session, options] {
      const absl::StatusOr<ExitCode> code = Doctor(session, *options);
      return code.ok() ? *code : Fail(session, code.status());
    };
  });
}

}  // namespace affidavit::cli
