#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/doctor/keys_exam.h"
#include "core/base/encoding.h"
#include "core/signature/verifier.h"
#include "db/connection.h"

namespace affidavit::cli::doctor {
namespace {

const Secret* FindSecret(const std::vector<config::SourceConfig>& sources, const db::KnownSigningKey& key) {
  for (const config::SourceConfig& source : sources) {
    for (const Secret& secret : source.secrets) {
      if (source.name == key.source && secret.id == key.key_id) {
        return &secret;
      }
    }
  }
  return nullptr;
}

bool CountsAt(const Secret& secret, TimePoint now) {
  return !secret.retired && (!secret.not_before || *secret.not_before <= now) &&
         (!secret.not_after || now <= *secret.not_after);
}

}  // namespace

void JudgeSecrets(const std::vector<config::SourceConfig>& sources, const std::vector<db::KnownSigningKey>& known,
                  Diagnoses& diagnoses) {
  size_t kept_count = 0;
  for (const db::KnownSigningKey& key : known) {
    const std::string what = absl::StrCat("secret ", key.key_id, " of source ", key.source);
    const std::string fingerprint = HexEncode(key.key_fingerprint);
    const Secret* const secret = FindSecret(sources, key);
    if (secret == nullptr) {
      diagnoses.Finding("secrets.needed",
                        absl::StrCat(what, " (fingerprint ", fingerprint,
                                     ") is gone: signatures of the entries under it cannot be recomputed"),
                        "put it back under its id, with retired = true when it is no longer to count");
    } else if (KeyFingerprint(secret->bytes) != key.key_fingerprint) {
      diagnoses.Finding("secrets.needed",
                        absl::StrCat(what, " is another one than entries were signed with (fingerprint ", fingerprint,
                                     "): the ledger will refuse it"),
                        "give the new secret a new id, and put the old one back with retired = true");
    } else {
      ++kept_count;
    }
  }
  if (kept_count == known.size()) {
    diagnoses.Good("secrets.needed", known.empty() ? "no entry was signed by any source yet"
                                                   : absl::StrCat("all ", known.size(),
                                                                  " secrets that entries were signed with are kept"));
  }
}

void JudgeActiveSecrets(const std::vector<config::SourceConfig>& sources, TimePoint now, Diagnoses& diagnoses) {
  for (const config::SourceConfig& source : sources) {
    const auto count = std::count_if(source.secrets.begin(), source.secrets.end(),
                                     [now](const Secret& secret) { return CountsAt(secret, now); });
    if (count > 0) {
      diagnoses.Good("secrets.active", absl::StrCat("source ", source.name, " has ", count,
                                                    count == 1 ? " secret that counts" : " secrets that count"));
    } else {
      diagnoses.Finding("secrets.active",
                        absl::StrCat("source ", source.name, " has no secret that counts now: all of it gets 401"),
                        "add a secret, or look at retired, not_before and not_after");
    }
  }
}

void ExamineSecrets(const std::vector<config::SourceConfig>& sources, const db::ConnectionOptions& database,
                    Diagnoses& diagnoses) {
  std::vector<db::KnownSigningKey> known;
  absl::StatusOr<std::unique_ptr<db::Connection>> connection = db::Connection::Open(database);
  const absl::Status status =
      !connection.ok() ? connection.status() : (*connection)->Transact([&](db::Transaction& transaction) {
        known = db::ReadSigningKeys(transaction);
        return absl::OkStatus();
      });
  if (status.ok()) {
    JudgeSecrets(sources, known, diagnoses);
  } else {
    diagnoses.Failed("secrets.needed", "which secrets entries need is not known", status, "see the database's lines");
  }
}

}  // namespace affidavit::cli::doctor
