#include "cli/rpc_error.h"

#include <map>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "cli/text.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace affidavit::cli {
namespace {

std::string_view WhatToDo(const std::string& reason) {
  static const auto& hints = *new std::map<std::string, std::string_view, std::less<>>{
      {"ENTRY_NOT_FOUND",
       "check the id or the leaf_index; `affidavit list --message ID` or `--correlation ID` finds entries by their "
       "message"},
      {"AMBIGUOUS_ID", "say which: --source NAME, or --leaf-index N of one of the candidates"},
      {"ENTRY_CORRUPT",
       "stored bytes do not match their digest: stop, keep the database as it is, see docs/runbook.md"},
      {"ENTRY_NOT_READMITTABLE",
       "`affidavit quarantine list` shows what can be readmitted, with --kind excluded what is out of scope"},
      {"PAGE_TOKEN_INVALID", "run the listing again from its beginning"},
      {"STORE_UNAVAILABLE", "the ledger cannot reach Postgres: look at its log and at the database"},
      {"COMMIT_UNKNOWN", "run the same command again: what was stored is not stored twice"},
      {"APPEND_QUEUE_FULL", "the ledger is overloaded: try again shortly"},
      {"TREE_SIZE_NOT_PUBLISHED", "try again shortly, or let it wait longer: --wait MS"},
      {"CHECKPOINT_NOT_FOUND",
       "the first checkpoint comes about a second after the first entry: see `affidavit status`"},
      {"SIGNING_NOT_CONFIGURED", "give the ledger a key: `affidavit keygen`, then [signing] in its configuration"},
      {"LOG_ROLLED_BACK", "stop the senders, look at docs/runbook.md, then run `affidavit recover`"},
      {"PROOF_TOO_LARGE",
       "ask for one message at a time, by its id and --source NAME; `affidavit list --message ID` shows any number of "
       "entries"},
      {"RETENTION_ONLY_LENGTHENED", "`affidavit retention list` shows what is set; ask for as many years or more"},
      {"LEGAL_HOLD_NOT_FOUND", "`affidavit hold list --all` shows every hold"},
      {"LEGAL_HOLD_ID_REUSED", "give the new hold another --hold-id, or none"},
      {"SUBJECT_KEY_NOT_CONFIGURED", "give ledger and worker facts.subject_key_file (docs/answers.md)"},
      {"DRAINING", "the ledger is stopping: try again once it is back"},
  };
  const auto hint = hints.find(reason);
  return hint == hints.end() ? "" : hint->second;
}

std::string WithoutDetails(const grpc::Status& status, const std::string& target) {
  switch (status.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:
      return absl::StrCat("no ledger answers at ", target, " (", Printable(status.error_message()),
                          ")\n  what to do: check that it runs, --target, and --ca when it speaks TLS");
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return absl::StrCat("the ledger at ", target,
                          " did not answer in time\n  what to do: try again, or with a longer --timeout");
    default:
      return absl::StrCat("the ledger at ", target, " answered: ", Printable(status.error_message()));
  }
}

// Adds what one detail says to `text`; remembers the reason.
void Describe(const google::protobuf::Any& detail, std::string& reason, std::string& text) {
  google::rpc::ErrorInfo info;
  google::rpc::BadRequest bad_request;
  google::rpc::RetryInfo retry;
  if (detail.UnpackTo(&info)) {
    reason = info.reason();
    const std::map<std::string, std::string> metadata(info.metadata().begin(), info.metadata().end());
    for (const auto& [name, value] : metadata) {
      absl::StrAppend(&text, "\n  ", Printable(name), ": ", Printable(value));
    }
  } else if (detail.UnpackTo(&bad_request)) {
    for (const auto& violation : bad_request.field_violations()) {
      absl::StrAppend(&text, "\n  ", Printable(violation.field()), ": ", Printable(violation.description()));
    }
  } else if (detail.UnpackTo(&retry)) {
    absl::StrAppend(&text, "\n  retry in ", retry.retry_delay().seconds(), " s");
  }
}

}  // namespace

absl::Status StatusFromRpc(const grpc::Status& status, const std::string& target) {
  if (status.ok()) {
    return absl::OkStatus();
  }
  const auto code = static_cast<absl::StatusCode>(status.error_code());  // the same numbers, by design of both
  google::rpc::Status details;
  std::string reason, facts;
  if (details.ParseFromString(status.error_details())) {
    for (const google::protobuf::Any& detail : details.details()) {
      Describe(detail, reason, facts);
    }
  }
  if (reason.empty()) {
    return {code, WithoutDetails(status, target)};
  }
  std::string text = absl::StrCat(Printable(reason), ": ", Printable(status.error_message()), facts);
  if (const std::string hint(WhatToDo(reason)); !hint.empty()) {
    absl::StrAppend(&text, "\n  what to do: ", hint);
  }
  return {code, text};
}

}  // namespace affidavit::cli
