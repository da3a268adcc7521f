#include "cli/doctor/services_exam.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "cli/doctor/http_probe.h"
#include "cli/ledger_client.h"
#include "cli/text.h"
#include "core/base/affix.h"

namespace affidavit::cli::doctor {
namespace {

// Where a client on this machine reaches what listens there.
std::string ReachableAddress(std::string_view listen) {
  if (ConsumePrefix(listen, "0.0.0.0:")) {
    return absl::StrCat("127.0.0.1:", std::string(listen));
  }
  if (ConsumePrefix(listen, "[::]:")) {
    return absl::StrCat("[::1]:", std::string(listen));
  }
  return std::string(listen);
}

}  // namespace

void ExamineReadiness(const std::string& name, const std::string& listen, std::chrono::milliseconds timeout,
                      Diagnoses& diagnoses) {
  const std::string check = absl::StrCat("services.", name);
  const std::string address = ReachableAddress(listen);
  if (address.ends_with(":0")) {
    diagnoses.Note(check, absl::StrCat("the ", name, "'s private port is any that is free: it cannot be asked"));
    return;
  }
  const absl::StatusOr<ProbeAnswer> answer = ProbeUrl(absl::StrCat("http://", address, "/readyz"), "", timeout);
  if (!answer.ok()) {
    diagnoses.Failed(check, absl::StrCat("the ", name, " does not answer at ", address), answer.status(),
                     absl::StrCat("start affidavit-", name, ", or run this on its machine"));
  } else if (answer->status == 200) {
    diagnoses.Good(check, absl::StrCat("the ", name, " at ", address, " is ready"));
  } else {
    diagnoses.Finding(check, absl::StrCat("the ", name, " at ", address, " answers, and is not ready"),
                      "its last log lines say why");
  }
}

void ExamineLedger(const Session& session, Diagnoses& diagnoses) {
  constexpr char kCheck[] = "services.appends";
  const auto client = LedgerClient::Open(session);
  if (!client.ok()) {
    diagnoses.Failed(kCheck, "the ledger cannot be called", client.status(),
                     "check adapter.ledger_target and its TLS "
                     "files");
    return;
  }
  const auto status = (*client)->GetStatus();
  if (!status.ok()) {
    diagnoses.Failed(kCheck, "the ledger does not say how it is", status.status(), "start affidavit-ledger");
  } else if (!status->log().refusing_appends().empty()) {
    diagnoses.Finding(
        kCheck, absl::StrCat("the ledger refuses appends: ", status->log().refusing_appends()),
        status->log().rolled_back() ? "affidavit recover" : "docs/runbook.md says what each reason means");
  } else {
    diagnoses.Good(kCheck,
                   absl::StrCat("the ledger takes appends; it holds ", WithThousands(status->tree_size()), " entries"));
  }
}

}  // namespace affidavit::cli::doctor
