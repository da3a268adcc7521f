#include "webhook-adapter/tls_context.h"

#include <array>
#include <string>
#include <utility>

#include "core/base/status_macros.h"
#include "openssl/err.h"

namespace affidavit::adapter {
namespace {

constexpr const char* kTls12Ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

absl::Status TlsError(const std::string& what, const std::string& path) {
  std::array<char, 256> reason{};
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  ERR_error_string_n(code, reason.data(), reason.size());
  return absl::InvalidArgumentError(what + " " + path + ": " + (code == 0 ? "unknown reason" : reason.data()));
}

// Without it OpenSSL would ask for a key's passphrase on the terminal.
int NoPassphrase(char* /*buffer*/, int /*size*/, int /*for_writing*/, void* /*data*/) {
  return 0;
}

int SelectAlpn(SSL* /*ssl*/, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
               unsigned int in_size, void* /*data*/) {
  static constexpr std::array<unsigned char, 18> kProtocols = {8, 'h', 't', 't', 'p', '/', '1', '.', '1',
                                                               8, 'h', 't', 't', 'p', '/', '1', '.', '0'};
  unsigned char* selected = nullptr;
  if (SSL_select_next_proto(&selected, out_size, kProtocols.data(), kProtocols.size(), in, in_size) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;  // RFC 7301 section 3.2
  }
  *out = selected;
  return SSL_TLSEXT_ERR_OK;
}

absl::Status ApplyPolicy(SSL_CTX* context) {
  if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
      SSL_CTX_set_cipher_list(context, kTls12Ciphers) != 1) {
    return absl::InternalError("OpenSSL refuses the TLS policy");
  }
  SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // tickets do the same without state
  SSL_CTX_set_alpn_select_cb(context, SelectAlpn, nullptr);
  SSL_CTX_set_default_passwd_cb(context, NoPassphrase);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::shared_ptr<SSL_CTX>> LoadTlsContext(const std::string& certificate_file,
                                                        const std::string& key_file) {
  const std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (context == nullptr) {
    return absl::InternalError("OpenSSL makes no context");
  }
  RETURN_IF_ERROR(ApplyPolicy(context.get()));
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(context.get(), certificate_file.c_str()) != 1) {
    return TlsError("cannot use the certificate", certificate_file);
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context.get()) != 1) {
    return TlsError("cannot use the key", key_file);
  }
  return context;
}

absl::Status TlsContext::Reload() {
  ASSIGN_OR_RETURN(std::shared_ptr<SSL_CTX> fresh, LoadTlsContext(certificate_file_, key_file_));
  const std::lock_guard lock(mutex_);
  context_ = std::move(fresh);
  return absl::OkStatus();
}

}  // namespace affidavit::adapter
