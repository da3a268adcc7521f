// Whose name requests are signed in, and where it comes from. Secrets never appear in messages. Thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "config/config.h"
#include "core/base/time.h"

namespace affidavit::objectstore {

struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;            // empty: none
  std::optional<TimePoint> expiration;  // absent: lasts
  bool operator==(const Credentials&) const = default;
};

// True iff both parts are there and all that is there can travel in a header: printable ASCII without spaces.
bool AreSound(const Credentials& credentials);

class CredentialsProvider {
 public:
  virtual ~CredentialsProvider() = default;
  // Valid now, as far as their source knows. PERMISSION_DENIED when there are none, UNAVAILABLE when their source does
  // not answer; both say which source.
  virtual absl::StatusOr<Credentials> Get() = 0;
  // The server refused these: the next Get asks the source anew.
  virtual void Refused(const Credentials& credentials) = 0;
};

// The first source that `config` or the environment names: access_key_id, credentials_command, AWS_ACCESS_KEY_ID,
// credentials_file (default $HOME/.aws/credentials). Sources are read at the first Get and kept; again before what they
// gave expires, and after Refused. `clock` must live as long as the provider.
std::unique_ptr<CredentialsProvider> MakeCredentialsProvider(const config::ObjectStoreConfig& config,
                                                             const config::Environment& environment,
                                                             const Clock& clock);

// The [profile] of a shared credentials file's text: aws_access_key_id, aws_secret_access_key, aws_session_token.
// NOT_FOUND without the profile or one of the first two.
absl::StatusOr<Credentials> ParseCredentialsFile(std::string_view text, std::string_view profile);

// What an AWS credential_process prints: {"Version": 1, "AccessKeyId": …, "SecretAccessKey": …, "SessionToken": …,
// "Expiration": RFC 3339}, the last two optional. INVALID_ARGUMENT for anything else, quoting nothing of it.
absl::StatusOr<Credentials> ParseCredentialProcess(std::string_view json);

}  // namespace affidavit::objectstore
