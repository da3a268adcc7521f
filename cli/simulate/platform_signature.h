// How the simulated platform signs, and how a forger does not. Pure, thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/simulate/scenario.h"
#include "core/base/time.h"
#include "core/signature/verifier.h"

namespace affidavit::simulate {

struct SigningSecret {
  SignatureScheme scheme = SignatureScheme::kHmacSha256Hex;
  std::string header;  // lower case; ignored by kStandardWebhooks
  std::string bytes;   // the HMAC key; never logged
};

using Headers = std::vector<std::pair<std::string, std::string>>;

// The headers that carry the post's signature, right or forged as the post wants it. `now` is signed by the schemes
// that sign a time.
Headers SignatureHeaders(const SigningSecret& secret, const Post& post, TimePoint now);

}  // namespace affidavit::simulate
