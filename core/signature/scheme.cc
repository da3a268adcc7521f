#include <algorithm>
#include <array>

#include "absl/status/status.h"
#include "core/base/text.h"
#include "core/signature/verifier.h"

namespace affidavit {
namespace {

struct SchemeRow {
  SignatureScheme scheme;
  std::string_view name;
  std::string_view default_header;
};

constexpr std::array<SchemeRow, 4> kSchemes = {{
    {SignatureScheme::kHmacSha256Hex, "hmac-sha256-hex", "x-genesys-signature"},
    {SignatureScheme::kSha256Base64, "sha256-base64", "x-hub-signature-256"},
    {SignatureScheme::kSha256Hex, "sha256-hex", "x-hub-signature-256"},
    {SignatureScheme::kStandardWebhooks, "standard-webhooks", "webhook-signature"},
}};

const SchemeRow& RowOf(SignatureScheme scheme) {
  return *std::find_if(kSchemes.begin(), kSchemes.end(), [&](const SchemeRow& row) { return row.scheme == scheme; });
}

}  // namespace

std::string_view SignatureSchemeName(SignatureScheme scheme) {
  return RowOf(scheme).name;
}

absl::StatusOr<SignatureScheme> ParseSignatureScheme(std::string_view name) {
  std::string known;
  for (const SchemeRow& row : kSchemes) {
    if (row.name == name) {
      return row.scheme;
    }
    known += known.empty() ? "" : ", ";
    known += row.name;
  }
  return absl::NotFoundError(Concat({"unknown signature scheme; there are ", known}));
}

std::string_view DefaultSignatureHeader(SignatureScheme scheme) {
  return RowOf(scheme).default_header;
}

}  // namespace affidavit
