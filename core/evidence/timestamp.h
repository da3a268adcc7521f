// RFC 3161 time-stamp tokens over a checkpoint: the imprint is SHA-256 of the checkpoint's note text (the bytes that
// the log signs). Pure (libcrypto only, no network), thread-safe. Any input is safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "core/base/digest.h"
#include "core/base/time.h"

namespace affidavit {

inline constexpr size_t kTimestampBytesMax = 64 << 10;  // of a response or a token; real ones have 2 to 8 KB

// DER TimeStampReq for the digest, asking for the authority's certificate. `nonce`: 8 random bytes, or empty for none.
absl::StatusOr<std::string> MakeTimestampRequest(const Digest& imprint, std::string_view nonce);

// The DER TimeStampToken of a DER TimeStampResp. UNAVAILABLE when the authority refused, with its reason;
// INVALID_ARGUMENT when malformed; UNAUTHENTICATED when it answers another request (imprint, nonce).
absl::StatusOr<std::string> ReadTimestampResponse(std::string_view response, const Digest& imprint,
                                                  std::string_view nonce);

// genTime of a token over `imprint`, once its signature chains to one of the PEM roots in `ca_pem` (at genTime, purpose
// timeStamping; no revocation lists, as there is no network). UNAUTHENTICATED otherwise, saying why; INVALID_ARGUMENT
// when malformed. Every byte of the token counts: what neither a signature nor the rules cover (certificates that the
// chain does not need, unsigned attributes, another encoding of the same) is UNAUTHENTICATED as well.
absl::StatusOr<TimePoint> VerifyTimestamp(std::string_view token, const Digest& imprint, std::string_view ca_pem);

// The same token without what VerifyTimestamp refuses although it may be innocent: real authorities add certificates
// that lead to other roots. The result passes VerifyTimestamp. Errors as there.
absl::StatusOr<std::string> TrimTimestamp(std::string_view token, const Digest& imprint, std::string_view ca_pem);

// genTime as the token states it, nothing verified.
absl::StatusOr<TimePoint> TimestampGenerationTime(std::string_view token);

}  // namespace affidavit
