#include "cli/log_keys.h"

#include <filesystem>
#include <utility>

#include "absl/strings/str_split.h"
#include "cli/files.h"
#include "core/base/status_macros.h"
#include "core/checkpoint/key.h"

namespace affidavit::cli {

absl::StatusOr<CheckpointPolicy> FindLogKeys(const std::vector<std::string>& given,
                                             const config::SigningConfig& signing) {
  CheckpointPolicy policy;
  for (const std::string& name : given) {
    std::string text = name;
    if (std::filesystem::exists(name)) {
      ASSIGN_OR_RETURN(text, ReadFile(name));
    }
    for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipWhitespace())) {
      ASSIGN_OR_RETURN(VerifierKey key, ParseVerifierKey(std::string(line)));
      policy.log_keys.push_back(std::move(key));
    }
  }
  if (!given.empty()) {
    return policy;
  }
  for (const std::string& file : signing.key_files) {
    ASSIGN_OR_RETURN(const std::string text, ReadFile(file));
    ASSIGN_OR_RETURN(const SecretKey secret, ParseSecretKey(text));
    ASSIGN_OR_RETURN(VerifierKey key, VerifierKeyOf(secret));
    policy.log_keys.push_back(std::move(key));
  }
  return policy;
}

}  // namespace affidavit::cli
