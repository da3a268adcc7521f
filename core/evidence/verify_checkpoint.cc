// What a bundle's checkpoint is worth: who signed it, for which log, who else saw it, and since when it exists.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/base/affix.h"
#include "core/base/digest.h"
#include "core/base/text.h"
#include "core/checkpoint/lines.h"
#include "core/evidence/timestamp.h"
#include "core/evidence/verify_steps.h"

namespace affidavit::evidence {
namespace {

std::string Message(const absl::Status& status) {
  return std::string(status.message());
}

std::string NameOf(std::string_view name, uint32_t id) {
  return Concat({Quoted(name), " (key id ", std::string(absl::StrCat(absl::Hex(id, absl::kZeroPad8))), ")"});
}

std::string TimeOf(TimePoint time) {
  return IsRepresentable(time) ? FormatRfc3339(time) : "a time beyond the calendar";
}

std::string CosignTime(int64_t seconds) {
  constexpr int64_t kLastSecond = 253'402'300'799;  // of year 9999
  return seconds > kLastSecond ? "a time beyond the calendar" : FormatRfc3339(TimePoint{std::chrono::seconds(seconds)});
}

// 1: the log itself; N: the log as it was opened for the Nth time, "<key name>/<N>"; 0: this key does not speak for it.
uint64_t IncarnationOf(std::string_view origin, const VerifierKey& key) {
  if (origin == key.name) {
    return 1;
  }
  if (!ConsumePrefix(origin, key.name) || !ConsumePrefix(origin, "/")) {
    return 0;
  }
  const uint64_t number = ParseDecimal(origin).value_or(0);
  return number >= 2 ? number : 0;
}

void CheckOrigin(const Checkpoint& checkpoint, const std::vector<VerifiedSignature>& signatures, Report& report) {
  uint64_t incarnation = 0;
  for (const VerifiedSignature& signature : signatures) {
    incarnation = std::max(incarnation, IncarnationOf(checkpoint.origin, signature.key));
  }
  if (incarnation == 0) {
    report.Fail(Concat(
        {"The checkpoint is of the log ", Quoted(checkpoint.origin), ", for which no key that signed it speaks."}));
  } else if (incarnation == 1) {
    report.Pass(Concat({"The checkpoint is of the log that the key is for, ", Quoted(checkpoint.origin), "."}));
  } else {
    report.Pass(Concat(
        {"The checkpoint is of ", Quoted(checkpoint.origin), ": incarnation ", std::to_string(incarnation),
         " of the key's log. It was opened again after a loss, and says what was lost in an entry of its own."}));
  }
}

bool CheckLogSignature(const ProofBundle& bundle, const OpenedCheckpoint& opened, const BundleTrust& trust,
                       Report& report) {
  if (trust.log_keys.empty()) {
    report.Skip(
        "The log's signature was not checked, for no key of the log was given: anybody can have made this file.");
    return false;
  }
  const absl::StatusOr<VerifiedCheckpoint> verified =
      VerifyCheckpoint(bundle.checkpoint, {.origin = "", .log_keys = trust.log_keys, .witness_keys = {}});
  if (!verified.ok()) {
    report.Fail(Concat({"The log's signature does not hold: ", Message(verified.status()), "."}));
    return false;
  }
  for (const VerifiedSignature& signature : verified->log_signatures) {
    report.Pass(Concat({"Log key ", NameOf(signature.key.name, signature.key.id),
                        " signed the checkpoint: the log stands by its first ",
                        CountOf(opened.checkpoint.tree_size, "entry", "entries"), ", these among them."}));
  }
  CheckOrigin(opened.checkpoint, verified->log_signatures, report);
  return true;
}

bool IsOf(const NoteSignature& signature, const VerifierKey& key) {
  return signature.name == key.name && signature.key_id == key.id;
}

// Signatures of keys that were not given are nobody's concern. But one that a given key made and that bears another
// name or id would pass for such a one, and its loss go unnoticed: the file was changed.
void CheckOtherSignatures(const Note& note, const BundleTrust& trust, Report& report) {
  std::vector<VerifierKey> keys = trust.log_keys;
  keys.insert(keys.end(), trust.witness_keys.begin(), trust.witness_keys.end());
  for (const NoteSignature& signature : note.signatures) {
    if (std::any_of(keys.begin(), keys.end(), [&](const VerifierKey& key) { return IsOf(signature, key); })) {
      continue;
    }
    const auto maker = std::find_if(keys.begin(), keys.end(), [&](const VerifierKey& key) {
      return VerifySignature(note.text, signature, key).ok();
    });
    if (maker != keys.end()) {
      report.Fail(Concat(
          {"A signature of the given key ", NameOf(maker->name, maker->id), " stands under another name or key id."}));
    } else {
      report.Skip(Concat({"A signature by ", NameOf(signature.name, signature.key_id),
                          " was not checked, for that key was not given."}));
    }
  }
}

void CheckWitnesses(const ProofBundle& bundle, const BundleTrust& trust, Report& report) {
  if (trust.witness_keys.empty() && trust.witness_count_min == 0) {
    report.Skip("Whether witnesses saw this checkpoint was not checked, for no witness's key was given.");
    return;
  }
  const absl::StatusOr<VerifiedCheckpoint> verified =
      VerifyCheckpoint(bundle.checkpoint, {.origin = "",
                                           .log_keys = trust.log_keys,
                                           .witness_keys = trust.witness_keys,
                                           .witness_count_min = trust.witness_count_min});
  if (!verified.ok()) {
    report.Fail(Concat({"The witnesses' cosignatures do not suffice: ", Message(verified.status()), "."}));
    return;
  }
  if (verified->cosignatures.empty()) {
    report.Skip("None of the given witnesses cosigned this checkpoint; none was required.");
  }
  for (const VerifiedSignature& cosignature : verified->cosignatures) {
    report.Pass(Concat({"Witness ", NameOf(cosignature.key.name, cosignature.key.id), " saw this checkpoint at ",
                        CosignTime(cosignature.cosign_time.value_or(0)),
                        " (its own clock) and found that it extends all that it had seen of the log."}));
  }
}

void CheckTimestamps(const ProofBundle& bundle, const OpenedCheckpoint& opened, const BundleTrust& trust,
                     Report& report) {
  if (bundle.timestamps.empty()) {
    report.Skip("The file holds no time-stamp of an outside authority.");
    return;
  }
  if (trust.tsa_ca_pem.empty()) {
    report.Skip(Concat({CountOf(bundle.timestamps.size(), "time-stamp", "time-stamps"),
                        " of outside authorities: not checked, for no certificate of an authority was given."}));
    return;
  }
  const Digest imprint = Sha256(opened.note.text);
  for (size_t i = 0; i < bundle.timestamps.size(); ++i) {
    const std::string name = Concat({"Time-stamp ", std::to_string(i + 1)});
    const absl::StatusOr<TimePoint> time = VerifyTimestamp(bundle.timestamps[i], imprint, trust.tsa_ca_pem);
    if (time.ok()) {
      report.Pass(Concat({name, ": the authority confirms that this checkpoint, and so each entry here, existed at ",
                          TimeOf(*time), " (the authority's clock)."}));
    } else {
      report.Fail(Concat({name, " does not hold: ", Message(time.status()), "."}));
    }
  }
}

}  // namespace

std::optional<OpenedCheckpoint> OpenCheckpoint(const ProofBundle& bundle, Report& report) {
  const absl::StatusOr<Note> note = ParseNote(bundle.checkpoint);
  const absl::StatusOr<Checkpoint> checkpoint = note.ok() ? ParseCheckpoint(note->text) : note.status();
  if (!checkpoint.ok()) {
    report.Fail(Concat({"The checkpoint cannot be read: ", Message(checkpoint.status()), "."}));
    return std::nullopt;
  }
  report.Pass(Concat({"The checkpoint states what the log ", Quoted(checkpoint->origin), " was when it had ",
                      CountOf(checkpoint->tree_size, "entry", "entries"), "."}));
  return OpenedCheckpoint{.note = *note, .checkpoint = *checkpoint};
}

bool CheckCheckpoint(const ProofBundle& bundle, const OpenedCheckpoint& opened, const BundleTrust& trust,
                     Report& report) {
  const bool signature_good = CheckLogSignature(bundle, opened, trust, report);
  CheckOtherSignatures(opened.note, trust, report);
  if (signature_good) {
    CheckWitnesses(bundle, trust, report);
  } else {
    report.Skip(
        "Whether witnesses saw this checkpoint was not checked, for the log's own signature is not established.");
  }
  CheckTimestamps(bundle, opened, trust, report);
  return signature_good;
}

}  // namespace affidavit::evidence
