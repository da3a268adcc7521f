// keygen: the keys that Affidavit needs, made here so that no secret is ever typed, pasted or printed.
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <array>
#include <filesystem>
#include <memory>
#include <system_error>

#include "CLI/App.hpp"
#include "absl/strings/str_cat.h"
#include "boost/json/serialize.hpp"
#include "cli/files.h"
#include "cli/verbs.h"
#include "core/base/encoding.h"
#include "core/base/status_macros.h"
#include "core/checkpoint/key.h"
#include "core/signature/verifier.h"

namespace affidavit::cli {
namespace {

struct KeygenOptions {
  std::string name, out, vkey_of;
  bool webhook_secret = false;
  bool standard_webhooks = false;
};

// Secrets leave no copy in freed memory, as far as one process can see to it.
class SecretText {
 public:
  explicit SecretText(std::string text) : text_(std::move(text)) {}
  ~SecretText() { OPENSSL_cleanse(text_.data(), text_.size()); }
  SecretText(const SecretText&) = delete;
  SecretText& operator=(const SecretText&) = delete;

  const std::string& get() const { return text_; }

 private:
  std::string text_;
};

// --out may name a folder; then the file gets `name_in_folder`.
std::string OutputPath(const std::string& out, const std::string& name_in_folder) {
  std::error_code ignored;
  return std::filesystem::is_directory(out, ignored) ? (std::filesystem::path(out) / name_in_folder).string() : out;
}

void Report(Session& session, const boost::json::object& facts) {
  if (session.Format() == OutputFormat::kJson) {
    session.out << boost::json::serialize(facts) << "\n";
    return;
  }
  for (const auto& [name, value] : facts) {
    session.out << std::string_view(name) << ": " << std::string_view(value.as_string()) << "\n";
  }
}

absl::Status MakeSigningKey(Session& session, const KeygenOptions& options) {
  ASSIGN_OR_RETURN(KeyPairText pair, GenerateEd25519Key(options.name));
  const SecretText secret(absl::StrCat(pair.secret, "\n"));
  OPENSSL_cleanse(pair.secret.data(), pair.secret.size());
  const std::string path = OutputPath(options.out, "signing.key");
  RETURN_IF_ERROR(WriteSecretFile(path, secret.get()));
  Report(session, {{"secret_file", path}, {"vkey", pair.vkey}});
  return absl::OkStatus();
}

absl::Status MakeWebhookSecret(Session& session, const KeygenOptions& options) {
  std::array<unsigned char, 32> random;
  if (RAND_priv_bytes(random.data(), static_cast<int>(random.size())) != 1) {
    return absl::InternalError("the system's random generator failed");
  }
  const std::string_view bytes(reinterpret_cast<const char*>(random.data()), random.size());
  const SignatureScheme scheme =
      options.standard_webhooks ? SignatureScheme::kStandardWebhooks : SignatureScheme::kHmacSha256Hex;
  const SecretText secret(options.standard_webhooks ? absl::StrCat("whsec_", Base64Encode(bytes), "\n")
                                                    : absl::StrCat(HexEncode(bytes), "\n"));
  OPENSSL_cleanse(random.data(), random.size());
  // The fingerprint is of the key that signs, so it is taken the way the adapter will take it.
  ASSIGN_OR_RETURN(const std::string key, DecodeSecret(scheme, secret.get()));
  const std::string path = OutputPath(options.out, "webhook.secret");
  RETURN_IF_ERROR(WriteSecretFile(path, secret.get()));
  Report(session, {{"secret_file", path}, {"key_fingerprint", HexEncode(KeyFingerprint(key))}});
  return absl::OkStatus();
}

absl::Status ShowVerifierKey(Session& session, const KeygenOptions& options) {
  ASSIGN_OR_RETURN(std::string content, ReadFile(options.vkey_of));
  const SecretText text(std::move(content));
  ASSIGN_OR_RETURN(const SecretKey key, ParseSecretKey(text.get()));
  ASSIGN_OR_RETURN(const VerifierKey verifier, VerifierKeyOf(key));
  Report(session, {{"vkey", FormatVerifierKey(verifier)}});
  return absl::OkStatus();
}

absl::Status Keygen(Session& session, const KeygenOptions& options) {
  if (!options.vkey_of.empty()) {
    return ShowVerifierKey(session, options);
  }
  if (options.out.empty()) {
    return absl::InvalidArgumentError("--out is needed: a secret goes to a file, never to the screen");
  }
  if (options.webhook_secret) {
    return MakeWebhookSecret(session, options);
  }
  if (!IsKeyName(options.name)) {
    return absl::InvalidArgumentError(
        "--name is needed, without spaces, '+' and control characters: by custom the log's address without a scheme, "
        "such as example.com/affidavit");
  }
  return MakeSigningKey(session, options);
}

}  // namespace

void AddKeygen(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("keygen", "Make a signing key pair or a webhook secret");
  AddCommonOptions(*verb, session);
  const auto options = std::make_shared<KeygenOptions>();
  CLI::Option* name = verb->add_option("--name", options->name,
                                       "Name of the log that the key signs, such as "
                                       "example.com/affidavit");
  CLI::Option* out =
      verb->add_option("--out", options->out, "The new file, or the folder to make it in")->type_name("PATH");
  CLI::Option* secret =
      verb->add_flag("--webhook-secret", options->webhook_secret, "Make a secret to share with a sender instead");
  verb->add_flag("--standard-webhooks", options->standard_webhooks, "In the whsec_ form of Standard Webhooks")
      ->needs(secret);
  verb->add_option("--vkey-of", options->vkey_of, "Print the public half of an existing secret file")
      ->type_name("FILE")
      ->excludes(name)
      ->excludes(out)
      ->excludes(secret);
  name->excludes(secret);
  SetAction(*verb, session, [&session, options] { return Keygen(session, *options); });
}

}  // namespace affidavit::cli
