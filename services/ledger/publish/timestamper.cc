#include "services/ledger/publish/timestamper.h"

#include "core/base/digest.h"
#include "core/base/status_macros.h"
#include "core/base/text.h"
#include "core/checkpoint/note.h"
#include "core/evidence/timestamp.h"
#include "openssl/rand.h"

namespace affidavit::ledger {
namespace {

constexpr size_t kNonceBytes = 8;
constexpr int kOk = 200;

absl::StatusOr<std::string> MakeNonce() {
  std::string nonce(kNonceBytes, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(nonce.data()), static_cast<int>(nonce.size())) != 1) {
    return absl::InternalError("OpenSSL has no random bytes");
  }
  return nonce;
}

}  // namespace

absl::StatusOr<db::StoredTimestamp> RequestTimestamp(const Timestamper& timestamper, const std::string& signed_note,
                                                     HttpClient& http) {
  ASSIGN_OR_RETURN(const Note note, ParseNote(signed_note));
  const Digest imprint = Sha256(note.text);
  ASSIGN_OR_RETURN(const std::string nonce, MakeNonce());
  ASSIGN_OR_RETURN(const std::string request, MakeTimestampRequest(imprint, nonce));
  ASSIGN_OR_RETURN(const HttpAnswer answer,
                   http.Post({.url = timestamper.url, .content_type = "application/timestamp-query", .body = request}));
  if (answer.status != kOk) {
    return absl::UnavailableError(Concat({"the authority answered HTTP ", std::to_string(answer.status)}));
  }
  ASSIGN_OR_RETURN(const std::string token, ReadTimestampResponse(answer.body, imprint, nonce));
  db::StoredTimestamp timestamp{.authority = timestamper.name, .token = "", .generation_time = {}};
  ASSIGN_OR_RETURN(timestamp.token, TrimTimestamp(token, imprint, timestamper.ca_pem));
  ASSIGN_OR_RETURN(timestamp.generation_time, TimestampGenerationTime(timestamp.token));
  return timestamp;
}

}  // namespace affidavit::ledger
