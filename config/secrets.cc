#include "config/secrets.h"

#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "config/file.h"
#include "core/base/encoding.h"
#include "core/base/status_macros.h"
#include "core/base/text.h"

namespace affidavit::config {
namespace {

// What is wrong with the keys as written; empty when nothing is.
std::string FaultOfKeys(const SecretKeys& keys) {
  if (keys.id.empty()) {
    return "needs an 'id'";
  }
  if (keys.file.empty() == keys.env.empty()) {
    return Concat({"'", keys.id, "' needs either 'file' or 'env'"});
  }
  if (keys.not_before.has_value() && keys.not_after.has_value() && *keys.not_after <= *keys.not_before) {
    return Concat({"'", keys.id, "' ends ('not_after') before it begins ('not_before')"});
  }
  return "";
}

absl::StatusOr<std::string> ReadText(const SecretKeys& keys, const Environment& environment) {
  if (!keys.file.empty()) {
    return ReadSecretFile(keys.file);
  }
  std::optional<std::string> text = environment(keys.env);
  if (!text.has_value()) {
    return absl::InvalidArgumentError(Concat({"environment variable ", keys.env, " is not set"}));
  }
  return *std::move(text);
}

absl::StatusOr<Secret> Load(const SecretKeys& keys, SignatureScheme scheme, const Environment& environment) {
  ASSIGN_OR_RETURN(const std::string text, ReadText(keys, environment));
  ASSIGN_OR_RETURN(std::string bytes, DecodeSecret(scheme, text));
  const std::string fingerprint = HexEncode(KeyFingerprint(bytes));
  if (!keys.fingerprint.empty() && keys.fingerprint != fingerprint) {
    return absl::InvalidArgumentError(
        Concat({"its fingerprint is ", fingerprint, ", not the pinned ", keys.fingerprint,
                ": put the old secret back, or retire it and give the new one an id of its own"}));
  }
  return Secret{.id = keys.id,
                .bytes = std::move(bytes),
                .not_before = keys.not_before,
                .not_after = keys.not_after,
                .retired = keys.retired};
}

bool HasOtherOfSameId(const std::vector<Secret>& secrets, const Secret& secret) {
  for (const Secret& other : secrets) {
    if (other.id == secret.id && KeyFingerprint(other.bytes) != KeyFingerprint(secret.bytes)) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::vector<Secret> ReadSecrets(const toml::table& source, SignatureScheme scheme, LoadSecrets load, Reader& reader) {
  std::vector<Secret> secrets;
  for (const toml::table* table : reader.Tables(source, "secrets")) {
    const int line = LineOf(table->source());
    SecretKeys keys;
    reader.Read(*table, "sources.secrets", SecretFields(keys));
    if (const std::string fault = FaultOfKeys(keys); !fault.empty()) {
      reader.faults().At(line, Concat({"secret ", fault}));
      continue;
    }
    if (load == LoadSecrets::kNo) {
      continue;
    }
    absl::StatusOr<Secret> secret = Load(keys, scheme, reader.environment());
    if (!secret.ok()) {
      reader.faults().At(line, Concat({"secret '", keys.id, "': ", std::string(secret.status().message())}));
    } else if (HasOtherOfSameId(secrets, *secret)) {
      reader.faults().At(line, Concat({"secret '", keys.id,
                                       "' stands for two different secrets: retire the old "
                                       "one under this id and choose a new id for the new one"}));
    } else {
      secrets.push_back(*std::move(secret));
    }
  }
  return secrets;
}

}  // namespace affidavit::config
