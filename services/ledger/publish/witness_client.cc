#include "services/ledger/publish/witness_client.h"

#include <chrono>
#include <optional>
#include <utility>

#include "core/base/affix.h"
#include "core/base/encoding.h"
#include "core/base/status_macros.h"
#include "core/base/text.h"
#include "core/checkpoint/lines.h"
#include "core/checkpoint/note.h"

namespace affidavit::ledger {
namespace {

enum HttpStatus { kOk = 200, kForbidden = 403, kNotFound = 404, kConflict = 409, kUnprocessable = 422 };

constexpr std::string_view kSizeType = "text/x.tlog.size";
// Our guess, the witness's word, and once more should another ledger have come between.
constexpr int kAttemptCountMax = 3;
constexpr int64_t kYear9999Seconds = 253'402'300'799;

// The size in the body of a 409.
std::optional<uint64_t> ReadSize(const HttpAnswer& answer) {
  std::string_view text = answer.body;
  if (answer.content_type != kSizeType || !ConsumeSuffix(text, "\n")) {
    return std::nullopt;
  }
  return ParseDecimal(text);
}

absl::Status StatusOf(const HttpAnswer& answer) {
  switch (answer.status) {
    case kNotFound:
      return absl::NotFoundError("the witness does not know this log's origin");
    case kForbidden:
      return absl::PermissionDeniedError("the witness does not know the log's key");
    case kUnprocessable:
      return absl::FailedPreconditionError("the witness refuses the consistency proof: it has seen another tree");
    default:
      return absl::UnavailableError(Concat({"the witness answered HTTP ", std::to_string(answer.status)}));
  }
}

}  // namespace

WitnessClient::WitnessClient(const std::string& url, VerifierKey key)
    : url_(Concat({url, url.ends_with('/') ? "" : "/", "add-checkpoint"})), key_(std::move(key)) {}

absl::StatusOr<HttpAnswer> WitnessClient::Submit(const db::StoredCheckpoint& checkpoint, const Prove& prove,
                                                 HttpClient& http) {
  const uint64_t old_size = sizes_[checkpoint.origin];
  const auto tree_size = static_cast<uint64_t>(checkpoint.tree_size);
  std::string body = Concat({"old ", std::to_string(old_size), "\n"});
  if (old_size != 0 && old_size != tree_size) {
    ASSIGN_OR_RETURN(const std::vector<Digest> proof, prove(old_size, tree_size));
    for (const Digest& hash : proof) {
      body += Base64Encode(AsBytes(hash)) + "\n";
    }
  }
  body += "\n" + checkpoint.signed_note;
  return http.Post({.url = url_, .content_type = "text/plain; charset=utf-8", .body = std::move(body)});
}

absl::StatusOr<db::StoredCosignature> WitnessClient::AddCheckpoint(const db::StoredCheckpoint& checkpoint,
                                                                   const Prove& prove, HttpClient& http) {
  const auto tree_size = static_cast<uint64_t>(checkpoint.tree_size);
  for (int attempt = 0; attempt < kAttemptCountMax; ++attempt) {
    uint64_t& old_size = sizes_[checkpoint.origin];
    if (old_size > tree_size) {
      const uint64_t seen = std::exchange(old_size, 0);  // ask again next time: it may have been an error of theirs
      return absl::FailedPreconditionError(Concat({"the witness has cosigned this log at size ", std::to_string(seen),
                                                   ", beyond ", std::to_string(tree_size), " of this database"}));
    }
    ASSIGN_OR_RETURN(const HttpAnswer answer, Submit(checkpoint, prove, http));
    if (answer.status == kOk) {
      ASSIGN_OR_RETURN(db::StoredCosignature cosignature, ReadCosignature(checkpoint, answer.body));
      old_size = tree_size;
      return cosignature;
    }
    if (answer.status != kConflict) {
      return StatusOf(answer);
    }
    const std::optional<uint64_t> witness_size = ReadSize(answer);
    if (!witness_size.has_value()) {
      return absl::InvalidArgumentError("the witness answered HTTP 409 without its size");
    }
    if (*witness_size == old_size) {
      return absl::FailedPreconditionError("the witness has cosigned another tree of this size");
    }
    old_size = *witness_size;
  }
  return absl::UnavailableError("the witness's size changes from answer to answer");
}

absl::StatusOr<db::StoredCosignature> WitnessClient::ReadCosignature(const db::StoredCheckpoint& checkpoint,
                                                                     const std::string& lines) const {
  ASSIGN_OR_RETURN(const Note note, ParseNote(checkpoint.signed_note));
  LineReader reader(lines);
  int count = 0;
  while (const std::optional<std::string_view> line = reader.Next()) {
    if (++count > static_cast<int>(kNoteSignatureCountMax)) {
      return absl::InvalidArgumentError("the witness answered with too many lines");
    }
    ASSIGN_OR_RETURN(const NoteSignature signature, ParseSignatureLine(Concat({*line, "\n"})));
    if (signature.name != key_.name || signature.key_id != key_.id) {
      continue;  // by another key of theirs
    }
    ASSIGN_OR_RETURN(const VerifiedSignature verified, VerifySignature(note.text, signature, key_));
    const int64_t time_s = verified.cosign_time.value_or(-1);
    if (time_s < 0 || time_s > kYear9999Seconds) {
      return absl::InvalidArgumentError("the witness's time is none");
    }
    return db::StoredCosignature{.witness = FormatVerifierKey(key_),
                                 .line = FormatSignatureLine(signature),
                                 .cosign_time = TimePoint(std::chrono::seconds(time_s))};
  }
  if (!reader.AtEnd()) {
    return absl::InvalidArgumentError("the witness's answer is cut off");
  }
  return absl::UnauthenticatedError("the witness did not sign with its key");
}

}  // namespace affidavit::ledger
