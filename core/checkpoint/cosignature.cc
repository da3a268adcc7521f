#include "core/checkpoint/cosignature.h"

#include <limits>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/ed25519.h"

namespace affidavit {
namespace {

constexpr size_t kTimeSize = 8;

std::string SignedMessage(std::string_view body, int64_t time_s) {
  return absl::StrCat("cosignature/v1\ntime ", time_s, "\n").append(body);
}

}  // namespace

absl::StatusOr<NoteSignature> Cosign(const SecretKey& key, std::string_view body, int64_t time_s) {
  if (key.type != KeyType::kCosignatureV1) {
    return absl::InvalidArgumentError("note key " + key.name + " does not make cosignatures");
  }
  if (time_s < 0) {
    return absl::InvalidArgumentError("a cosignature cannot state a time before 1970");
  }
  RETURN_IF_ERROR(ParseCheckpoint(body).status());
  ASSIGN_OR_RETURN(const std::string signature, Ed25519Sign(key.seed, SignedMessage(body, time_s)));
  std::string time_bytes;
  for (int shift = 56; shift >= 0; shift -= 8) {
    time_bytes += static_cast<char>(time_s >> shift & 0xFF);
  }
  return NoteSignature{key.name, key.id, time_bytes + signature};
}

std::optional<int64_t> VerifyCosignature(std::string_view public_key, std::string_view body,
                                         std::string_view signature) {
  if (signature.size() != kTimeSize + kEd25519SignatureSize || !ParseCheckpoint(body).ok()) {
    return std::nullopt;
  }
  uint64_t time_s = 0;
  for (const char byte : signature.substr(0, kTimeSize)) {
    time_s = time_s << 8 | static_cast<unsigned char>(byte);
  }
  if (time_s > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
    return std::nullopt;
  }
  const auto time = static_cast<int64_t>(time_s);
  if (!Ed25519Verify(public_key, SignedMessage(body, time), signature.substr(kTimeSize))) {
    return std::nullopt;
  }
  return time;
}

}  // namespace affidavit
