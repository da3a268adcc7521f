#include "services/objectstore/credentials.h"

#include <condition_variable>
#include <fstream>
#include <functional>
#include <iterator>
#include <mutex>

#include "core/base/status_macros.h"
#include "core/base/text.h"
#include "services/objectstore/credentials_command.h"

namespace affidavit::objectstore {
namespace {

constexpr std::chrono::minutes kRenewBefore{5};
constexpr std::chrono::seconds kRenewPause{30};  // between tries, while what we have still holds
constexpr std::chrono::seconds kCommandTimeout{20};

using AskSource = std::function<absl::StatusOr<Credentials>()>;

absl::StatusOr<std::string> ReadSecretFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return absl::PermissionDeniedError(Concat({"cannot read the credentials in ", path}));
  }
  return std::string(std::istreambuf_iterator<char>(file), {});
}

absl::StatusOr<std::string> ReadSecretLine(const std::string& path) {
  ASSIGN_OR_RETURN(std::string text, ReadSecretFile(path));
  text.resize(text.find_last_not_of(" \t\r\n") + 1);  // npos + 1 is 0
  return text;
}

AskSource FromConfig(const config::ObjectStoreConfig& config) {
  return [=]() -> absl::StatusOr<Credentials> {
    ASSIGN_OR_RETURN(std::string secret, ReadSecretLine(config.secret_access_key_file));
    Credentials credentials{.access_key_id = config.access_key_id,
                            .secret_access_key = std::move(secret),
                            .session_token = "",
                            .expiration = std::nullopt};
    if (!config.session_token_file.empty()) {
      ASSIGN_OR_RETURN(credentials.session_token, ReadSecretLine(config.session_token_file));
    }
    return credentials;
  };
}

AskSource FromCommand(const std::string& command) {
  return [=]() -> absl::StatusOr<Credentials> {
    ASSIGN_OR_RETURN(const std::string text, RunCredentialsCommand(command, kCommandTimeout));
    absl::StatusOr<Credentials> credentials = ParseCredentialProcess(text);
    if (!credentials.ok()) {
      return absl::PermissionDeniedError(credentials.status().message());
    }
    return credentials;
  };
}

AskSource FromEnvironment(const config::Environment& environment) {
  return [=]() -> absl::StatusOr<Credentials> {
    return Credentials{.access_key_id = environment("AWS_ACCESS_KEY_ID").value_or(""),
                       .secret_access_key = environment("AWS_SECRET_ACCESS_KEY").value_or(""),
                       .session_token = environment("AWS_SESSION_TOKEN").value_or(""),
                       .expiration = std::nullopt};
  };
}

AskSource FromCredentialsFile(const std::string& path, const std::string& profile) {
  return [=]() -> absl::StatusOr<Credentials> {
    ASSIGN_OR_RETURN(const std::string text, ReadSecretFile(path));
    absl::StatusOr<Credentials> credentials = ParseCredentialsFile(text, profile);
    if (!credentials.ok()) {
      return absl::PermissionDeniedError(Concat({path, ": ", std::string(credentials.status().message())}));
    }
    return credentials;
  };
}

AskSource ChooseSource(const config::ObjectStoreConfig& config, const config::Environment& environment) {
  if (!config.access_key_id.empty()) {
    return FromConfig(config);
  }
  if (!config.credentials_command.empty()) {
    return FromCommand(config.credentials_command);
  }
  if (!environment("AWS_ACCESS_KEY_ID").value_or("").empty()) {
    return FromEnvironment(environment);
  }
  const std::string path = config.credentials_file.empty() ? environment("HOME").value_or("") + "/.aws/credentials"
                                                           : config.credentials_file;
  return FromCredentialsFile(path, config.profile);
}

absl::StatusOr<Credentials> AskSoundly(const AskSource& source) {
  absl::StatusOr<Credentials> given = source();
  if (given.ok() && !AreSound(*given)) {
    return absl::PermissionDeniedError("the credentials are incomplete, or hold what no key does");
  }
  return given;
}

// Keeps what a source gave. One thread at a time asks it; the others go on with what there is while that still holds,
// and else share what it answers (every source answers within kCommandTimeout).
class KeptCredentials : public CredentialsProvider {
 public:
  KeptCredentials(AskSource source, const Clock& clock) : source_(std::move(source)), clock_(clock) {}

  absl::StatusOr<Credentials> Get() override {
    std::unique_lock lock(mutex_);
    if (Holds() && (is_asking_ || !IsDue())) {
      return *kept_;
    }
    if (is_asking_) {
      asked_.wait(lock, [this] { return !is_asking_; });
      return Latest();
    }
    is_asking_ = true;
    lock.unlock();
    absl::StatusOr<Credentials> given = AskSoundly(source_);
    lock.lock();
    is_asking_ = false;
    last_asked_ = clock_.SteadyNow();
    last_status_ = given.status();
    if (given.ok()) {
      kept_ = *std::move(given);
      is_refused_ = false;
    }
    asked_.notify_all();
    return Latest();
  }

  void Refused(const Credentials& credentials) override {
    const std::lock_guard lock(mutex_);
    is_refused_ = is_refused_ || (kept_.has_value() && *kept_ == credentials);
  }

 private:
  bool Holds() const {
    return kept_.has_value() && !is_refused_ &&
           (!kept_->expiration.has_value() || clock_.WallNow() < *kept_->expiration);
  }
  bool IsDue() const {
    return kept_->expiration.has_value() && clock_.WallNow() >= *kept_->expiration - kRenewBefore &&
           clock_.SteadyNow() - last_asked_ >= kRenewPause;
  }
  // A source that is away for a while does no harm while its last answer holds.
  absl::StatusOr<Credentials> Latest() const {
    if (Holds()) {
      return *kept_;
    }
    return last_status_.ok() ? absl::PermissionDeniedError("the credentials have expired") : last_status_;
  }

  const AskSource source_;
  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable asked_;
  // State below is protected by mutex_.
  std::optional<Credentials> kept_;
  absl::Status last_status_;
  bool is_refused_ = false, is_asking_ = false;
  std::chrono::steady_clock::time_point last_asked_{};
};

}  // namespace

std::unique_ptr<CredentialsProvider> MakeCredentialsProvider(const config::ObjectStoreConfig& config,
                                                             const config::Environment& environment,
                                                             const Clock& clock) {
  return std::make_unique<KeptCredentials>(ChooseSource(config, environment), clock);
}

}  // namespace affidavit::objectstore
